/**
 * What is to be done with a mail that may have come back. The first that holds:
 *
 *  1. it could not be read                                       → quarantined, unparseable
 *  2. it is neither bounce nor complaint nor automatic reply     → not-a-notice
 *  3. it proves its send by a return path, or its message by our private header → notice
 *  4. it bears a return path that we did not make                → forged-token
 *  5. it bears one of ours that is too old                       → expired-token
 *  6. else it is a notice, if what it says of the mail is known  → notice
 *
 * Here only what can be proven without the history is looked at; which sends it is about is decided
 * in the transaction that records it (store/resolve-notice.ts).
 */
import type { NoticeReading, RecipientNotice } from '../../bounces/classification.ts';
import { isSendId } from '../../mail/ids.ts';
import type { Keyring } from '../../mail/keyring.ts';
import { parseMessageId } from '../../mail/message-id.ts';
import { parseMessageReference } from '../../mail/message-reference.ts';
import { readReturnPath, type ReturnPathReading } from '../../mail/return-path.ts';
import type { IntakeVerdict, QuarantineReason } from '../intake-verdict.ts';
import type { NoticeKind, NoticeProof, NoticeResult } from '../notice.ts';
import type { NoticeParseResult } from './copy-parser.ts';
import { readHeaderDate } from './header-date.ts';
import { valuesOf, type HeaderField } from './header-lines.ts';
import { readFrom } from './judge-mail.ts';

/** What a verdict on a notice depends on besides the mail. */
export interface NoticeContext {
  /** Proves return paths and our own messages. */
  readonly keyring: Keyring;
  /** Ms since 1970. */
  readonly now: number;
}

/** Judges a mail that was read as a notice; pure. */
export function judgeNotice(
  fields: readonly HeaderField[],
  reading: NoticeParseResult,
  { keyring, now }: NoticeContext,
): IntakeVerdict {
  const from = readFrom(fields);
  const quarantined = (reason: QuarantineReason, detail: string): IntakeVerdict => {
    const verdict = { kind: 'quarantined', reason, detail } as const;
    return from === undefined ? verdict : { ...verdict, from };
  };
  if (!reading.ok) return quarantined('unparseable', reading.detail);
  const { notice, contentKey } = reading;
  if (notice.kind === 'not-a-bounce') {
    const detail = 'it is neither a bounce nor a complaint nor an automatic reply';
    return quarantined('not-a-notice', detail);
  }
  const results = notice.results.flatMap((result) => resultOf(result) ?? []);
  if (results.length === 0) {
    return quarantined('not-a-notice', 'it reports nothing but deliveries');
  }
  const paths = returnPathsIn(notice).map((local) => readReturnPath(keyring, local, now));
  const proof = proofOf(notice, paths, keyring);
  if (proof.sendId === undefined && proof.messageId === undefined) {
    const kinds = new Set(paths.map((path) => path.kind));
    if (kinds.has('forged')) {
      return quarantined('forged-token', 'it bears a return path that none of our keys has made');
    }
    if (kinds.has('out-of-time')) {
      return quarantined('expired-token', 'the return path that it bears is too old');
    }
  }
  const date = valuesOf(fields, 'date')[0];
  const headerDateMs = date === undefined ? undefined : readHeaderDate(date);
  return {
    kind: 'notice',
    contentKey,
    format: notice.format,
    proof,
    results,
    ...(headerDateMs === undefined ? {} : { headerDateMs }),
    ...(from === undefined ? {} : { from }),
  };
}

/** Local parts that may be return paths: of where it was delivered, then of what came back. */
function returnPathsIn({ deliveredTo, original }: NoticeReading): readonly string[] {
  const addresses = original.returnPath === undefined ? [] : [original.returnPath];
  return [...deliveredTo, ...addresses].map((address) => {
    const bare = address.replace(/^<|>$/g, '');
    return bare.slice(0, Math.max(bare.lastIndexOf('@'), 0));
  });
}

function proofOf(
  { original }: NoticeReading,
  paths: readonly ReturnPathReading[],
  keyring: Keyring,
): NoticeProof {
  const path = paths.find((each) => each.kind === 'proven');
  const { reference = '', messageId = '', envelopeId = '' } = original;
  const proven = parseMessageReference(keyring, reference);
  // `<…>` may be missing where a report quotes the field.
  const claimed = parseMessageId(messageId.includes('<') ? messageId : `<${messageId}>`);
  const claimedSendId = envelopeId.trim().toLowerCase();
  return {
    ...(path === undefined ? {} : { sendId: path.sendId }),
    ...(proven === undefined ? {} : { messageId: proven }),
    ...(claimed === undefined ? {} : { claimedMessageId: claimed }),
    ...(isSendId(claimedSendId) ? { claimedSendId } : {}),
  };
}

function resultOf(found: RecipientNotice): NoticeResult | undefined {
  const kind = kindOf(found);
  if (kind === undefined) return undefined;
  const { rule, confidence, action, suppression, recipient, finalRecipient } = found;
  const { remoteMta, diagnostic } = found;
  const { code, enhancedCode } = found.evidence;
  return {
    kind,
    class: found.class,
    rule,
    confidence,
    action,
    suppression,
    ...(code === undefined ? {} : { code }),
    ...(enhancedCode === undefined ? {} : { enhancedCode }),
    ...(diagnostic === undefined ? {} : { diagnostic }),
    ...(remoteMta === undefined ? {} : { remoteMta }),
    ...(recipient === undefined ? {} : { recipient }),
    ...(finalRecipient === undefined ? {} : { finalRecipient }),
  };
}

/** What a result is on a timeline; undefined for what is none: a delivery, a report that is no complaint. */
function kindOf({ class: name, action }: RecipientNotice): NoticeKind | undefined {
  if (name === 'complaint') return 'complained';
  if (name === 'auto_reply' || name === 'challenge_response') return 'auto-replied';
  if (name === 'delivered' || name === 'not_a_bounce') return undefined;
  switch (action) {
    case 'failed':
      return 'bounced';
    case 'delayed':
      return 'delayed';
    case 'delivered':
    case 'relayed':
    case 'expanded':
    case 'none':
      return undefined;
  }
}
