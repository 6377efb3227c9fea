/**
 * Onbehalf: masked email. Three parts that can run on different machines: a producer puts send jobs
 * into Redis, workers send them, a history consumer keeps each contact's timeline.
 *
 * Import `onbehalf/producer`, `onbehalf/worker` or `onbehalf/history` to load one part only.
 */
export { createProducer } from './producer/index.ts';
export type {
  AttachmentInput,
  CancelAnswer,
  CheckFacts,
  DmarcFacts,
  EnqueuedSend,
  FromDomainFacts,
  KeyOfSends,
  KnownSend,
  MailboxInput,
  ModeChoice,
  ModeReason,
  Producer,
  ProducerOptions,
  RecipientProvider,
  SendInput,
  SendResult,
  SendStatus,
  SuppressedRecipient,
  VerificationFacts,
} from './producer/index.ts';
export { createWorker } from './worker/index.ts';
export type {
  BreakerOptions,
  BreakerThreshold,
  CredentialsOptions,
  DkimKeyOptions,
  DnsOptions,
  LimitRule,
  OutcomeEvent,
  ProviderOptions,
  RetryOptions,
  RouteOptions,
  SendWorker,
  WorkerOptions,
} from './worker/index.ts';
export { createHistory } from './history/index.ts';
export type {
  AddedSender,
  AddedSuppression,
  CopyLine,
  History,
  HistoryMailboxOptions,
  HistoryOptions,
  HistoryTotals,
  LineBounce,
  NoticeLine,
  NoticeMailboxOptions,
  OutcomeBacklog,
  SenderRecord,
  SenderRequest,
  SendLine,
  SuppressionAuditLine,
  SuppressionFilter,
  SuppressionImport,
  SuppressionImportReport,
  SuppressionRecord,
  Suppressions,
  SuppressionTarget,
  SuppressRequest,
  Timeline,
  TimelineAttempt,
  TimelineCursor,
  TimelineLine,
  TimelineRequest,
} from './history/index.ts';
export { compileRules } from './bounces/compile-rules.ts';
export type { CompiledRules } from './bounces/compile-rules.ts';
export { createClassifier } from './bounces/bounce-classifier.ts';
export type { BounceClassifier, ClassifierOptions } from './bounces/bounce-classifier.ts';
export { classifyMail } from './bounces/classify-mail.ts';
export { classifyError, classifyReply } from './bounces/classify-reply.ts';
export type {
  Classification,
  NoticeReading,
  RecipientNotice,
  ReplyToClassify,
  TransportErrorToClassify,
} from './bounces/classification.ts';
export type { BounceRule } from './bounces/rule.ts';
export type { BounceClass } from './mail/bounce-class.ts';
export type { Keyring } from './mail/keyring.ts';
export { OnbehalfError } from './runtime/errors.ts';
export type { ErrorCode, Problem } from './runtime/errors.ts';
export type { LogFields, Logger } from './runtime/logger.ts';
