import { z } from 'zod';
import { bounceClasses } from '../mail/bounce-class.ts';

const phrases = z.array(z.string().min(1).max(500)).min(1).max(200).optional();
const replies = z.array(z.string().min(1).max(2_000)).max(100).optional();

/** One bounce rule of the user (docs/configuration.md). */
export const bounceRuleSchema = z
  .strictObject({
    /** Stands in events and in `why`. */
    id: z
      .string()
      .regex(
        /^[a-z0-9]+(?:[.-][a-z0-9]+)*$/,
        'must be lower-case letters and digits, with . and - between them',
      )
      .max(60),
    class: z.enum(bounceClasses),
    /** Why such a reply has this class, for people. */
    why: z.string().max(500).optional(),
    /** One of these must be in the text. */
    phrases,
    /** One of these must be there as well. */
    with: phrases,
    /** None of these may be there. */
    not: phrases,
    /** Reply codes, `550` or `5xx`. */
    codes: z
      .array(z.string().regex(/^(?:[45]\d\d|[45]xx)$/, 'must be a reply code, like 550 or 5xx'))
      .min(1)
      .optional(),
    /** Enhanced codes, `5.7.26`, `x.7.26` or `x.7.*`. */
    enhanced: z
      .array(
        z
          .string()
          .regex(
            /^[45x]\.\d{1,3}\.(?:\d{1,3}|\*)$/,
            'must be an enhanced code, like 5.7.26, x.7.26 or x.7.*',
          ),
      )
      .min(1)
      .optional(),
    phases: z
      .array(z.enum(['connect', 'ehlo', 'starttls', 'auth', 'mail', 'rcpt', 'data', 'dot']))
      .min(1)
      .optional(),
    /** Replies that it must decide; checked. */
    examples: replies,
    /** Replies that it must not decide; checked. */
    counterExamples: replies,
  })
  .refine(
    (rule) => rule.phrases !== undefined || rule.codes !== undefined || rule.enhanced !== undefined,
    'must have phrases, codes or enhanced, or it would decide everything',
  );
