/**
 * What workers should learn from a notice. Relays accept mail and learn later what its server says,
 * so what a reply would have told comes as a notice:
 *
 * - that a provider refuses mail on behalf of a domain by policy: later mails go in another mode;
 * - that the mail of a sender is complained of, or refused as spam: its breaker counts it;
 * - that we send too much, or are not trusted there: what goes the same way is slowed down. The
 *   words of the answer say how, as in a reply; where they do not, the provider over this route.
 *
 * A notice proves that its mail came back, not what its text says: whoever got a mail of ours can
 * write one. So it never stops anything for longer than ten minutes, a send slows down once, and the
 * route as a whole only where no other server is named, so that the relay speaks of itself.
 */
import { isPolicyRefusal } from '../bounces/policy-refusal.ts';
import { slowDownOf, type SlowDownScope } from '../bounces/slow-down.ts';
import type { BounceClass } from '../mail/bounce-class.ts';
import type { MaskingMode } from '../mail/kinds.ts';
import type { NoticeKind } from './notice.ts';

/** What {@link feedbackOf} looks at. */
export interface NoticeOfSend {
  readonly kind: NoticeKind;
  readonly class: BounceClass;
  readonly code?: number;
  readonly enhancedCode?: string;
  readonly diagnostic?: string;
  readonly remoteMta?: string;
  readonly send: { readonly mode: MaskingMode | null; readonly route: string | null };
}

/** One thing that workers should learn. */
export type NoticeFeedback =
  | { readonly kind: 'policy-refusal' }
  /** For the breaker of the sender. */
  | { readonly kind: 'counted'; readonly what: 'complaint' | 'spam-refusal' }
  | {
      readonly kind: 'slow-down';
      readonly scope: SlowDownScope;
      /** How long to stop, in milliseconds. */
      readonly waitMs: number;
      /** Then one at a time, and one more each time this has passed, in milliseconds. */
      readonly stepMs: number;
    };

const minuteMs = 60_000;
const waitMsMax = 10 * minuteMs;

/** Classes that speak of how much we send, or of what is thought of our relay. */
const slowing: ReadonlySet<BounceClass> = new Set([
  'rate_limited',
  'low_reputation',
  'blocklisted',
]);

/** What workers should learn from a notice about a send; pure. */
export function feedbackOf(notice: NoticeOfSend): readonly NoticeFeedback[] {
  const { kind, send, code, enhancedCode, diagnostic = '' } = notice;
  if (kind === 'complained') return [{ kind: 'counted', what: 'complaint' }];
  if (kind !== 'bounced' && kind !== 'delayed') return [];
  const usual = kind === 'bounced' ? 550 : 450;
  const reply = {
    code: code ?? usual,
    ...(enhancedCode === undefined ? {} : { enhancedCode }),
    text: diagnostic,
  };
  const feedback: NoticeFeedback[] = [];
  if (send.mode === 'on-behalf' && isPolicyRefusal(reply, notice.class)) {
    feedback.push({ kind: 'policy-refusal' });
  }
  if (kind === 'bounced' && notice.class === 'spam_content') {
    feedback.push({ kind: 'counted', what: 'spam-refusal' });
  }
  if (send.route !== null && slowing.has(notice.class)) {
    const told = slowDownOf(reply, notice.class);
    const found =
      told.kind === 'slow'
        ? told
        : { scope: 'provider' as const, waitMs: 5 * minuteMs, stepMs: minuteMs };
    feedback.push({
      kind: 'slow-down',
      scope: found.scope === 'route' && notice.remoteMta !== undefined ? 'provider' : found.scope,
      waitMs: Math.min(found.waitMs, waitMsMax),
      stepMs: found.stepMs,
    });
  }
  return feedback;
}
