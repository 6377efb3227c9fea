import type { BounceClassifier } from '../bounces/bounce-classifier.ts';
import type { DnsOptions } from '../domains/resolver-of.ts';
import type { Keyring } from '../mail/keyring.ts';
import type { SendKind } from '../mail/kinds.ts';
import type { BreakerOptions } from '../queue/breaker-rule.ts';
import type { OutcomeEvent } from '../queue/outcome-event.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import type { DkimKeyOptions, ProviderOptions } from './identity.ts';
import type { RetryOptions } from './retry-plan.ts';
import type { RouteOptions } from './route.ts';
import type { LimitRule } from './throttle-rules.ts';

/** What {@link createWorker} takes. */
export interface WorkerOptions {
  /** `redis://host:port/db`, `rediss://…` or the path of a Unix socket. */
  readonly redisUrl: string;
  /** Tells several installations on one Redis apart; default `onbehalf`. */
  readonly prefix?: string;
  /** 32 bytes that contents in Redis are encrypted with, as producers have it; default: none. */
  readonly contentSecret?: Uint8Array;
  /** We, who transmit. */
  readonly provider: ProviderOptions;
  /** DKIM keys of the provider, the active one first; retired ones behind it. */
  readonly dkim: readonly DkimKeyOptions[];
  /** Secrets for return paths and the private header. */
  readonly keyring: Keyring;
  /** The relay; or `routes`. */
  readonly route?: RouteOptions;
  /** Several relays, with weight and priority, each with a name of its own. */
  readonly routes?: readonly RouteOptions[];
  /** How many mails may go, over the whole fleet; default: no limits. */
  readonly limits?: readonly LimitRule[];
  /** Where DNS is asked; default: the servers of this machine. */
  readonly dns?: DnsOptions;
  /**
   * Kinds of mail for which the classic on-behalf format may be used where it can pass; default
   * `['single']`.
   */
  readonly onBehalfKinds?: readonly SendKind[];
  /** Sends in work at once in this process; default four times the connections of its routes. */
  readonly concurrency?: number;
  /** Waits between attempts; default by what the refusal is about, mostly from 60 s up to 1 hour. */
  readonly retry?: RetryOptions;
  /**
   * What replies and errors mean, e.g. with rules of one's own; it is asked for each attempt that was
   * not accepted. Default: the rules that come with Onbehalf.
   */
  readonly classifier?: WorkerClassifier;
  /** How long `close()` lets transactions finish before it cuts them, in milliseconds; default 25,000. */
  readonly drainMs?: number;
  /**
   * A job whose process shows no life for this time is given to another one, in milliseconds; default
   * 30,000. A process alive renews twice in that time.
   */
  readonly lockMs?: number;
  /**
   * While more outcome events than this wait to be read by the history (or whoever reads them), no
   * jobs are taken, until there are a fifth less; default 1,000,000, some 500 MB of Redis.
   */
  readonly eventsMax?: number;
  /**
   * When the mail of a sender or a campaign is held, for too many complaints or refusals as spam;
   * `false`: never for what this worker sees. Default: 0.3 % complaints, 5 % refusals as spam.
   */
  readonly breaker?: BreakerOptions | false;
  /** Told after each attempt has been recorded. */
  readonly onOutcome?: (event: OutcomeEvent) => void;
  readonly logger?: Logger;
  /** Default: the clock of this machine. */
  readonly clock?: Clock;
}

/** What says what replies and errors mean. */
export interface WorkerClassifier extends BounceClassifier {
  /** Why its rules are older than they should be, for `onbehalf status`; absent: they are not. */
  readonly problem?: string | undefined;
}
