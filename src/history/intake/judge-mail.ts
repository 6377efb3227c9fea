/**
 * What is to be done with one mail. The first that holds:
 *
 *  1. it is over the size limit                                       → quarantined, oversize
 *  2. no dropbox address can be recovered                             → no-token
 *  3. none of those found belongs to anyone                           → unknown-token
 *  4. it could not be parsed, or names no author                      → unparseable
 *  5. it proves, by our own header, to be a message we sent           → own-send
 *  6. it is not from exactly the sender whose dropbox it was sent to  → unregistered-from
 *  7. it is addressed to nobody but dropboxes and the sender          → no-contact
 *  8. else it is a copy, for the history of everyone in To and Cc.
 *
 * A token alone files nothing: whoever learns a dropbox address could write into the history.
 */
import { addressKey, readAddress, splitMailbox } from '../../mail/address.ts';
import type { EmailAddress, Mailbox } from '../../mail/address.ts';
import type { MessageId } from '../../mail/ids.ts';
import type { Keyring } from '../../mail/keyring.ts';
import { parseMessageReference } from '../../mail/message-reference.ts';
import type { IntakeVerdict, ParsedCopy, QuarantineReason, TokenRule } from '../intake-verdict.ts';
import type { DropboxOwner } from '../store/senders.ts';
import type { CopyParseResult } from './copy-parser.ts';
import { dropboxCandidates, hashDropboxToken, isDropboxAddress } from './dropbox-token.ts';
import type { DropboxAddressing, TokenCandidate } from './dropbox-token.ts';
import { valuesOf } from './header-lines.ts';
import type { HeaderField } from './header-lines.ts';

/** What a verdict depends on besides the mail. */
export interface JudgeContext {
  readonly addressing: DropboxAddressing;
  /** Proves our own messages. */
  readonly keyring: Keyring;
  /** Whose dropbox a token, given by its hash, belongs to. */
  readonly findDropbox: (tokenHash: string) => Promise<DropboxOwner | undefined>;
}

/** Judges a mail whose bytes were fetched. Reads nothing but what `findDropbox` gives. */
export async function judgeMail(
  fields: readonly HeaderField[],
  reading: CopyParseResult,
  context: JudgeContext,
): Promise<IntakeVerdict> {
  const from = readFrom(fields);
  const candidates = dropboxCandidates(fields, context.addressing);
  const found = await firstKnown(candidates, context);
  if (found === undefined) {
    return candidates.length === 0
      ? quarantined('no-token', 'no dropbox address was found in its delivery headers', from)
      : quarantined('unknown-token', 'its dropbox address belongs to nobody', from);
  }
  if (!reading.ok) return quarantined('unparseable', reading.detail, from);
  const { copy, contentKey } = reading;
  const { tenant, senderId, senderAddress } = found.owner;

  const messageId = provenMessageId(fields, context.keyring);
  if (messageId !== undefined) return { kind: 'own-send', tenant, messageId, contentKey };

  const authorFields = valuesOf(fields, 'from').length;
  if (authorFields === 0) return quarantined('unparseable', 'it has no From field', undefined);
  const [author] = copy.from;
  const single = authorFields === 1 && copy.from.length === 1;
  if (!single || author === undefined || !isSame(author.address, senderAddress)) {
    const detail = `it is not from ${senderAddress} alone, whose dropbox address it was sent to`;
    return quarantined('unregistered-from', detail, author?.address ?? from);
  }
  const contacts = contactsOf(copy, senderAddress, context.addressing);
  if (contacts.length === 0) {
    return quarantined('no-contact', 'To and Cc name no contact', author.address);
  }
  return { kind: 'copy', tenant, senderId, rule: found.rule, contentKey, copy, contacts };
}

/**
 * The verdict on a mail over the size limit.
 *
 * @param fields its header, as far as it was fetched
 */
export function judgeOversize(
  fields: readonly HeaderField[],
  sizeBytes: number,
  maxBytes: number,
): IntakeVerdict {
  const detail = `it has ${sizeBytes} bytes, the limit is ${maxBytes}`;
  return quarantined('oversize', detail, readFrom(fields));
}

async function firstKnown(
  candidates: readonly TokenCandidate[],
  context: JudgeContext,
): Promise<{ readonly owner: DropboxOwner; readonly rule: TokenRule } | undefined> {
  for (const { token, rule } of candidates) {
    const owner = await context.findDropbox(hashDropboxToken(token));
    if (owner !== undefined) return { owner, rule };
  }
  return undefined;
}

function provenMessageId(fields: readonly HeaderField[], keyring: Keyring): MessageId | undefined {
  for (const value of valuesOf(fields, 'x-onbehalf-ref').slice(0, 3)) {
    const messageId = parseMessageReference(keyring, value);
    if (messageId !== undefined) return messageId;
  }
  return undefined;
}

function contactsOf(
  copy: ParsedCopy,
  senderAddress: EmailAddress,
  addressing: DropboxAddressing,
): readonly Mailbox[] {
  const contacts = new Map<string, Mailbox>();
  for (const mailbox of [...copy.to, ...copy.cc]) {
    const key = addressKey(mailbox.address);
    const ours = isDropboxAddress(mailbox.address, addressing);
    if (!ours && !isSame(mailbox.address, senderAddress) && !contacts.has(key)) {
      contacts.set(key, mailbox);
    }
  }
  return [...contacts.values()];
}

function isSame(left: EmailAddress, right: EmailAddress): boolean {
  return addressKey(left) === addressKey(right);
}

/** The From address for an operator's eyes, where it is simple enough to read without a parser. */
export function readFrom(fields: readonly HeaderField[]): EmailAddress | undefined {
  const reading = readAddress(splitMailbox(valuesOf(fields, 'from')[0] ?? '')?.address ?? '');
  return reading.ok ? reading.address : undefined;
}

function quarantined(
  reason: QuarantineReason,
  detail: string,
  from: EmailAddress | undefined,
): IntakeVerdict {
  const verdict = { kind: 'quarantined', reason, detail } as const;
  return from === undefined ? verdict : { ...verdict, from };
}
