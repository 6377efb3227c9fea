import { headerNames } from '../mail/header-names.ts';
import type { MaskingMode } from '../mail/kinds.ts';
import { isPlainText } from './encoded-word.ts';
import { foldField } from './fold.ts';

/** What a sequence or a campaign says about itself, for mail programs and receivers. */
export interface BulkFields {
  /**
   * Where one POST unsubscribes (RFC 8058): https, at most 900 characters, with an opaque token and
   * without the recipient's address.
   */
  readonly unsubscribeUrl: string;
  /** A `mailto:` URI that unsubscribes as well; default none. */
  readonly unsubscribeMailto?: string;
  /** The list (RFC 2919): one per tenant and stream of campaigns. */
  readonly listId: {
    /** What people may see of it; left out of the field where it is not plain ASCII. */
    readonly name?: string;
    /** Like a host name, e.g. `spring.acme.crm.example`. */
    readonly id: string;
  };
  /**
   * Gmail's feedback loop, from the particular to the general: the last is our SenderId, 5 to 15
   * characters, always the same. None may be unique per message.
   */
  readonly feedbackId: readonly [string, string, string, string];
  /** An https or `mailto:` URI that explains the list (RFC 2369 §3.1); default none. */
  readonly help?: string;
  /** Whether to write `Precedence: bulk`: campaigns only. */
  readonly precedenceBulk: boolean;
  /** Whether to write `Auto-Submitted: auto-generated` (RFC 3834 §5): no person sent this one mail. */
  readonly autoSubmitted: boolean;
  /** Whether to ask Exchange for no out-of-office answers: sequences only; default false. */
  readonly suppressAutoResponses?: boolean;
}

/**
 * Writes the fields of a sequence or a campaign, each with its final CRLF. No Feedback-ID in `direct`:
 * it counts only under our own signature, and would tell of us.
 */
export function bulkFields(bulk: BulkFields, mode: MaskingMode): string {
  const { unsubscribeMailto, help } = bulk;
  const ways = [
    bulk.unsubscribeUrl,
    ...(unsubscribeMailto === undefined ? [] : [unsubscribeMailto]),
  ];
  // One field: its URIs are alternatives, the leftmost preferred (RFC 2369 §2).
  const pieces = ways.map((way, index) => `<${way}>${index === ways.length - 1 ? '' : ','}`);
  return (
    foldField(headerNames.listUnsubscribe, pieces) +
    `${headerNames.listUnsubscribePost}: List-Unsubscribe=One-Click\r\n` +
    foldField(headerNames.listId, [...listName(bulk.listId.name), `<${bulk.listId.id}>`]) +
    (help === undefined ? '' : foldField(headerNames.listHelp, [`<${help}>`])) +
    (mode === 'direct' ? '' : foldField(headerNames.feedbackId, [bulk.feedbackId.join(':')])) +
    (bulk.autoSubmitted ? `${headerNames.autoSubmitted}: auto-generated\r\n` : '') +
    (bulk.precedenceBulk ? `${headerNames.precedence}: bulk\r\n` : '') +
    (bulk.suppressAutoResponses === true
      ? `${headerNames.autoResponseSuppress}: OOF, AutoReply\r\n`
      : '')
  );
}

/** Gmail refuses encoded-words in List-Id: a name that would need one is left out. */
function listName(name: string | undefined): readonly string[] {
  if (name === undefined || name === '' || name.length > 60 || !isPlainText(name)) return [];
  return [`"${name.replace(/["\\]/g, '\\$&')}"`];
}
