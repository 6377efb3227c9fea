import type {
  BounceAction,
  BounceClass,
  BounceNature,
  BounceScope,
  RetryAdvice,
  SuppressionAdvice,
} from '../mail/bounce-class.ts';

/** Where in the session a server spoke. */
export type SmtpPhase = 'connect' | 'ehlo' | 'starttls' | 'auth' | 'mail' | 'rcpt' | 'data' | 'dot';

/** What `classifyReply` takes: a reply of 4xx or 5xx, or what a report quotes of one. */
export interface ReplyToClassify {
  /** Three digits; absent where a report has none. */
  readonly code?: number;
  /** Enhanced status code (RFC 3463), e.g. `5.1.1`. */
  readonly enhancedCode?: string;
  readonly text: string;
  /** Who runs the recipient's mail, as `domains` names providers, e.g. `gmail`; absent: unknown. */
  readonly provider?: string;
  readonly phase?: SmtpPhase;
}

/** What `classifyError` takes: a connection that failed without a reply that decides. */
export interface TransportErrorToClassify {
  /** Code of the system or of the library, e.g. `ECONNREFUSED`, `ESOCKET`, `ETLS`. */
  readonly code?: string;
  readonly message: string;
  readonly phase?: SmtpPhase;
}

/** What a classification rests on. */
export interface BounceEvidence {
  readonly code?: number;
  readonly enhancedCode?: string;
  /** The words that decided, as they stand in the text; absent where a code decided. */
  readonly matched?: string;
}

/** What a reply, an error or a line of a report means, and what follows from it. */
export interface Classification {
  readonly class: BounceClass;
  readonly nature: BounceNature;
  readonly action: BounceAction;
  readonly scope: BounceScope;
  readonly retry: RetryAdvice;
  /** Whether the recipient's address gets no more mail from now on, from any sender. */
  readonly suppress: boolean;
  readonly suppression: SuppressionAdvice;
  /** 0 to 1: how sure it is; 0 for a guess by the first digit. */
  readonly confidence: number;
  /** Id of the rule that decided, e.g. `google.over-quota`. */
  readonly rule: string;
  readonly evidence: BounceEvidence;
}

/** What a mail says of one recipient. */
export interface RecipientNotice extends Classification {
  /** The address the mail was for: the original recipient where it is told (RFC 3464 §2.3.1), else the final one; absent where redacted. */
  readonly recipient?: string;
  /** Where it ended up, if that is another address. */
  readonly finalRecipient?: string;
  /** The server that answered, as the report names it. */
  readonly remoteMta?: string;
  /** What it answered, as far as the report quotes it; ≤ 1,000 characters, safe to print. */
  readonly diagnostic?: string;
}

/** What a mail that came back is. */
export type NoticeKind =
  | 'dsn'
  /** A bounce of a server that writes no DSN. */
  | 'free-form'
  | 'feedback-report'
  | 'auto-reply'
  | 'challenge-response'
  | 'not-a-bounce';

/** What a notice tells of the mail that it is about; every field only as far as it is told. */
export interface OriginalMail {
  /** Return path it was sent with: of a DSN the address the DSN itself came to, of a complaint the Original-Mail-From. */
  readonly returnPath?: string;
  /** ENVID of its transaction (Original-Envelope-Id, RFC 3464 §2.2.1). */
  readonly envelopeId?: string;
  /** Message-ID field, with its angle brackets. */
  readonly messageId?: string;
  readonly from?: string;
  readonly to?: string;
  readonly subject?: string;
  /** Value of our own reference header `X-Onbehalf-Ref`. */
  readonly reference?: string;
}

/** What `classifyMail` read. */
export interface NoticeReading {
  readonly kind: NoticeKind;
  /** Id of the reader that understood the mail, e.g. `rfc3464`, `qmail`. */
  readonly format: string;
  /** One for each recipient; at least one unless `not-a-bounce`. */
  readonly results: readonly RecipientNotice[];
  readonly original: OriginalMail;
  /** Addresses the notice itself was delivered to (envelope traces and To), newest trace first. */
  readonly deliveredTo: readonly string[];
}
