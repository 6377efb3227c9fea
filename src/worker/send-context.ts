import type { BounceClassifier } from '../bounces/bounce-classifier.ts';
import type { Admissions } from '../queue/admit.ts';
import type { FrozenFactsStore } from '../queue/frozen-facts.ts';
import type { Ledger } from '../queue/ledger.ts';
import type { OutcomeEvent } from '../queue/outcome-event.ts';
import type { SendId } from '../mail/ids.ts';
import type { SendState } from '../mail/kinds.ts';
import type { TrippedBreakers } from '../queue/tripped-breakers.ts';
import type { WaitNote } from '../queue/wait-notes.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import type { MaskingContext } from './choose-masking.ts';
import type { DomainTrouble } from './domain-trouble.ts';
import type { FeedbackCounter } from './feedback-counts.ts';
import type { Lanes } from './lanes.ts';
import type { Renderer } from './renderer.ts';
import type { ProviderCounts } from './provider-health.ts';
import type { RetryPlan } from './retry-plan.ts';
import type { Routes } from './routes.ts';
import type { Throttle } from './throttle.ts';

/** What becomes of a job after one turn. */
export type Disposition =
  /** The send is final or held: the job is done. */
  | { readonly kind: 'done'; readonly state: SendState }
  /** The job comes back at this time, ms since 1970. */
  | { readonly kind: 'later'; readonly at: number };

/** Everything a send is worked on with. */
export interface SendContext {
  readonly admissions: Admissions;
  readonly ledger: Ledger;
  readonly frozenFacts: FrozenFactsStore;
  readonly masking: MaskingContext;
  readonly renderer: Pick<Renderer, 'render'>;
  readonly routes: Routes;
  /** The connections to a route. */
  readonly lanesOf: (routeName: string) => Pick<Lanes, 'submit' | 'demandTls'>;
  readonly throttle: Throttle;
  readonly providerCounts: ProviderCounts;
  readonly domainTrouble: DomainTrouble;
  /** Says what replies and errors mean. */
  readonly classifier: BounceClassifier;
  readonly breakers: TrippedBreakers;
  readonly feedback: Pick<FeedbackCounter, 'count'>;
  readonly retry: RetryPlan;
  readonly clock: Clock;
  /** A number in [0, 1). */
  readonly random: () => number;
  readonly logger: Logger;
  /** Fires when the time to drain is over: waits for slots end. */
  readonly stopping: AbortSignal;
  /** Notes why a send was put off without an attempt, for `onbehalf why`; never waited for. */
  readonly noteWait: (sendId: SendId, note: WaitNote) => void;
  /** Told after each recorded event, with the length of the stream then; must not throw. */
  readonly onOutcome: (event: OutcomeEvent, streamLength: number) => void;
}
