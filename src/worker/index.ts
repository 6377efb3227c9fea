/** The door of `onbehalf/worker`. */
export { createWorker } from './worker.ts';
export type { SendWorker } from './worker.ts';
export type { DnsOptions } from '../domains/resolver-of.ts';
export type { WorkerOptions } from './worker-options.ts';
export type { DkimKeyOptions, ProviderOptions } from './identity.ts';
export type { RouteOptions } from './route.ts';
export type { BounceClassifier } from '../bounces/bounce-classifier.ts';
export type { Keyring } from '../mail/keyring.ts';
export type { CredentialsOptions } from './credentials.ts';
export type { BreakerOptions, BreakerThreshold } from '../queue/breaker-rule.ts';
export type { RetryOptions } from './retry-plan.ts';
export type { LimitRule } from './throttle-rules.ts';
export type { OutcomeEvent } from '../queue/outcome-event.ts';
export type { LogFields, Logger } from '../runtime/logger.ts';
export { OnbehalfError } from '../runtime/errors.ts';
export type { ErrorCode, Problem } from '../runtime/errors.ts';
