import type { SmtpPhase } from '../bounces/classification.ts';
import type { Envelope } from '../mail/envelope.ts';
import type { SmtpReply } from '../mail/smtp-reply.ts';
import type { MessageBytes } from './message-bytes.ts';
import type { UnsendableProblem } from './envelope-commands.ts';

/** One message with its envelope, ready to go. */
export interface Submission {
  readonly envelope: Envelope;
  /** The bytes of the message, CRLF line ends, not dot-stuffed. */
  readonly message: Buffer;
  /** What `inspectMessage` says of it, where it was asked already. */
  readonly inspected?: MessageBytes;
  /** Name by which delivery notices call it (ENVID, RFC 3461), where the relay takes one. */
  readonly envelopeId?: string;
  /** Called immediately before MAIL is written; when it throws, nothing is sent. */
  readonly beforeMail?: () => void;
  /** Awaited between 354 and the first byte; when it rejects, not a byte is sent. */
  readonly beforeBody: () => Promise<void>;
}

/** How one submission over a lane ended. */
export type SubmitOutcome =
  /** The relay answered: with its final reply, or with a refusal of MAIL, RCPT, DATA or the mail. */
  | {
      readonly kind: 'reply';
      readonly reply: SmtpReply;
      /** The command that it refused, or `dot`; absent where that is not known. */
      readonly phase?: SmtpPhase;
    }
  /** The connection could not be made, broke or fell silent. */
  | BrokenSubmission
  /** The relay refused the session itself (greeting, TLS, login): nothing was said of this mail. */
  | { readonly kind: 'session-refused'; readonly reply: SmtpReply }
  /** It cannot go over this route, whatever the relay would say; nothing was sent. */
  | {
      readonly kind: 'unsendable';
      readonly problem: UnsendableProblem;
      readonly reason: string;
      /** What a relay would have said of it (RFC 3463). */
      readonly reply: SmtpReply;
    }
  /** We stopped it ourselves before the body was begun. */
  | { readonly kind: 'interrupted'; readonly error: unknown };

/** A submission that ended without a reply. */
export interface BrokenSubmission {
  readonly kind: 'broken';
  /** Bytes of the message may have left us. */
  readonly bodyBegun: boolean;
  /**
   * The end of the message may have left us: only then can the relay have accepted it. False for a
   * long message that was cut short.
   */
  readonly mayHaveArrived: boolean;
  /** No session came about (connect, TLS, time-out): nothing was said of this mail. */
  readonly noSession?: true;
  readonly reason: string;
}

/** One connection to a relay. */
export interface Lane {
  /**
   * Submits a message; never rejects. While one is in hand, another may be given only where `chains`
   * is true; its envelope then rides behind the body of the first.
   */
  submit(submission: Submission): Promise<SubmitOutcome>;
  /** Whether another submission may follow on this connection. */
  readonly usable: boolean;
  /** Whether it takes a second submission while one is in hand. */
  readonly chains: boolean;
  /** The relay answered out of step with what was sent: never chain on this route again. */
  readonly outOfStep: boolean;
  /** How many submissions it has carried to an end. */
  readonly carried: number;
  /** Says QUIT. */
  quit(): void;
  /** Cuts the connection; what is in hand ends as `interrupted` or, its body begun, `broken`. */
  abort(reason: string): void;
}

/** Result of opening a lane. */
export type LaneOpening =
  | { readonly kind: 'open'; readonly lane: Lane }
  | { readonly kind: 'session-refused'; readonly reply: SmtpReply }
  | { readonly kind: 'broken'; readonly reason: string };
