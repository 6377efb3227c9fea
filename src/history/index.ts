/** The door of `onbehalf/history`. */
export { createHistory } from './history.ts';
export type {
  History,
  HistoryMailboxOptions,
  HistoryOptions,
  NoticeMailboxOptions,
} from './history.ts';
export type { DnsOptions } from '../domains/resolver-of.ts';
export type { AddedSender, SenderRecord } from './store/senders.ts';
export type { SenderRequest, TimelineRequest } from './history-requests.ts';
export type { Timeline, TimelineCursor } from './store/timeline.ts';
export type {
  CopyLine,
  LineBounce,
  NoticeLine,
  SendLine,
  TimelineAttempt,
  TimelineLine,
} from './store/timeline-line.ts';
export type { SuppressionImport, Suppressions } from './suppress/suppressions.ts';
export type { SuppressionImportReport } from './suppress/import-suppressions.ts';
export type { AddedSuppression } from './suppress/suppression-book.ts';
export type { SuppressionTarget, SuppressRequest } from './suppress/suppress-requests.ts';
export type {
  SuppressionAuditLine,
  SuppressionFilter,
  SuppressionRecord,
} from './suppress/read-suppressions.ts';
export type { HistoryTotals } from './store/totals.ts';
export type { OutcomeBacklog } from '../queue/outcome-stream.ts';
export type { BounceRule } from '../bounces/rule.ts';
export type { Keyring } from '../mail/keyring.ts';
export type { LogFields, Logger } from '../runtime/logger.ts';
export { OnbehalfError } from '../runtime/errors.ts';
export type { ErrorCode, Problem } from '../runtime/errors.ts';
