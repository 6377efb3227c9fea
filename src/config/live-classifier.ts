import { statSync } from 'node:fs';
import type { BounceClassifier } from '../bounces/bounce-classifier.ts';
import { classifyError, classifyReply } from '../bounces/classify-reply.ts';
import type { BounceRule } from '../bounces/rule.ts';
import type { Clock } from '../runtime/clock.ts';
import { messageOf, validationError } from '../runtime/errors.ts';
import type { Logger } from '../runtime/logger.ts';
import { swallow } from '../runtime/swallow.ts';
import { readBounceRules, type BounceRulesConfig } from './bounce-rules.ts';

/*
 * The classifier of a process that runs for long, by the rules of now: the rules file is looked at
 * every few seconds, and read again when it has changed. A file that cannot be used changes nothing:
 * the rules before it stay, the log says once what is wrong, and `status` shows it.
 */

const ours: BounceClassifier = { classifyReply, classifyError };

/** What a process classifies with. */
export interface LiveClassifier extends BounceClassifier, Disposable {
  /** The rules of now; another one after the file has changed. */
  readonly current: BounceClassifier;
  /** The rules of the user that hold now, checked; another list after the file has changed. */
  readonly rules: readonly BounceRule[];
  /** Why the rules are not those that the file holds now; absent where they are. */
  readonly problem: string | undefined;
  /** Looks at the file no more. */
  close(): void;
}

/** What {@link createLiveClassifier} takes. */
export interface LiveClassifierOptions extends BounceRulesConfig {
  readonly clock: Clock;
  readonly logger: Logger;
  /** How often the file is looked at, in milliseconds; default 5,000. */
  readonly everyMs?: number;
}

/**
 * A classifier with the rules of the configuration; a file of rules is watched until it is closed.
 * Rules that cannot be used at the start are a problem as later ones are: ours alone hold then.
 */
export function createLiveClassifier(options: LiveClassifierOptions): LiveClassifier {
  const { rulesFile, clock, logger, everyMs = 5_000 } = options;
  const source = { rules: options.rules, ...(rulesFile === undefined ? {} : { rulesFile }) };
  const stopped = new AbortController();
  let current: BounceClassifier = ours;
  let rules: readonly BounceRule[] = [];
  let problem: string | undefined;
  // Taken before the file is read: what is written meanwhile is then seen as a change.
  let seen = stateOf(rulesFile);

  const load = (): void => {
    const reading = readBounceRules(source);
    if (reading.ok) {
      problem = undefined;
      current = reading.classifier ?? ours;
      rules = reading.rules;
      logger.info('bounce-rules-read', { file: rulesFile, count: rules.length });
      return;
    }
    problem = validationError('INVALID_CONFIG', 'bounce rules', reading.problems).message;
    logger.error('bounce-rules-unusable', { file: rulesFile, problem });
  };
  const watch = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      await swallow(clock.sleep(everyMs, stopped.signal), 'closed while waiting');
      const state = stateOf(rulesFile);
      if (stopped.signal.aborted || state === seen) continue;
      seen = state;
      load();
    }
  };
  load();
  if (rulesFile !== undefined) void watch();
  const close = (): void => stopped.abort();
  return {
    get current() {
      return current;
    },
    get rules() {
      return rules;
    },
    classifyReply: (reply) => current.classifyReply(reply),
    classifyError: (error) => current.classifyError(error),
    get problem() {
      return problem;
    },
    close,
    [Symbol.dispose]: close,
  };
}

/** What changes when a file is written or replaced, also within one tick of its time. */
function stateOf(file: string | undefined): string {
  if (file === undefined) return '';
  try {
    const { mtimeMs, size, ino } = statSync(file);
    return `${mtimeMs} ${size} ${ino}`;
  } catch (error) {
    return messageOf(error);
  }
}
