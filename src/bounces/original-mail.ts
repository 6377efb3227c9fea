import { firstAddress } from './addresses.ts';
import type { NoticeKind, OriginalMail } from './classification.ts';
import { decodeHeaderText } from './mime/encoded-words.ts';
import { firstField, type HeaderFields } from './mime/header-fields.ts';

/** What a notice tells of the mail it is about, beside that mail's header. */
export interface ToldOfOriginal {
  /** Return path it was sent with. */
  readonly returnPath?: string;
  readonly envelopeId?: string;
  readonly messageId?: string;
  readonly subject?: string;
}

const textMax = 1_000;

/** Puts together what is told of the mail that a notice is about. */
export function originalOf(
  returned: HeaderFields,
  deliveredTo: readonly string[],
  told: ToldOfOriginal,
  kind: NoticeKind,
): OriginalMail {
  const returnedPath = firstAddress(firstField(returned, 'return-path') ?? '');
  // A bounce goes to the return path of its mail, a complaint to whoever takes complaints.
  const returnPath =
    told.returnPath ??
    (kind === 'feedback-report' ? returnedPath : (deliveredTo[0] ?? returnedPath));
  return withoutAbsent({
    returnPath,
    envelopeId: told.envelopeId,
    messageId: messageIdOf(returned) ?? told.messageId,
    from: text(returned, 'from'),
    to: text(returned, 'to'),
    subject: text(returned, 'subject') ?? told.subject,
    reference: text(returned, 'x-onbehalf-ref'),
  });
}

function text(fields: HeaderFields, name: string): string | undefined {
  const value = firstField(fields, name);
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
