import { firstAddress } from './addresses.ts';
import type { OriginalMail } from './classification.ts';
import { decodeHeaderText } from './mime/encoded-words.ts';
import { firstField, type HeaderFields } from './mime/header-fields.ts';

/** What a notice tells of the mail it is about, beside that mail's header. */
export interface ToldOfOriginal {
  /** Fields of a feedback report. */
  readonly feedback?: HeaderFields;
  /** Fields about the message in a delivery status. */
  readonly status?: HeaderFields;
}

const textMax = 1_000;

/** Puts together what is told of the mail that a notice is about. */
export function originalOf(
  returned: HeaderFields,
  deliveredTo: readonly string[],
  { feedback, status }: ToldOfOriginal,
): OriginalMail {
  // A bounce goes to the return path of its mail, a complaint to whoever takes complaints.
  const returnPath =
    feedback === undefined
      ? (deliveredTo[0] ?? firstAddress(firstField(returned, 'return-path') ?? ''))
      : firstAddress(
          firstField(feedback, 'original-mail-from') ?? firstField(returned, 'return-path') ?? '',
        );
  const envelopeId = text(status, 'original-envelope-id') ?? text(feedback, 'original-envelope-id');
  return withoutAbsent({
    returnPath,
    envelopeId,
    messageId: messageIdOf(returned),
    from: text(returned, 'from'),
    to: text(returned, 'to'),
    subject: text(returned, 'subject'),
    reference: text(returned, 'x-onbehalf-ref'),
  });
}

function text(fields: HeaderFields | undefined, name: string): string | undefined {
  const value = fields === undefined ? undefined : firstField(fields, name);
  if (value === undefined || value === '') return undefined;
  return decodeHeaderText(value).slice(0, textMax);
}

function messageIdOf(returned: HeaderFields): string | undefined {
  const value = text(returned, 'message-id');
  return value === undefined ? undefined : (/<[^<>\s]{1,900}>/.exec(value)?.[0] ?? value);
}

function withoutAbsent(fields: Record<keyof OriginalMail, string | undefined>): OriginalMail {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined && value !== ''),
  ) as OriginalMail;
}
