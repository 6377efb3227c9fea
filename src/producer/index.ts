/** The door of `onbehalf/producer`: loads no database, IMAP or SMTP package. */
export { createProducer } from './producer.ts';
export type { EnqueuedSend, Producer, ProducerOptions, SendResult } from './producer.ts';
export type { KeyOfSends } from './status.ts';
export type { SuppressedRecipient } from './suppressed-recipients.ts';
export type { CancelAnswer, KnownSend, SendStatus } from '../queue/send-status.ts';
export type { CheckFacts } from './check-mode.ts';
export type { ModeChoice, ModeReason } from '../mail/choose-mode.ts';
export type {
  DmarcFacts,
  FromDomainFacts,
  RecipientProvider,
  VerificationFacts,
} from '../mail/domain-facts.ts';
export type { AttachmentInput, MailboxInput, SendInput } from './send-input.ts';
export { OnbehalfError } from '../runtime/errors.ts';
export type { ErrorCode, Problem } from '../runtime/errors.ts';
