/**
 * Parses mails, as copies or as notices, in a thread of their own, one at a time, within a deadline
 * and a heap limit.
 *
 * 1. The thread is started with the first mail and used again for the next ones: starting one
 *    costs as much as parsing some hundred mails.
 * 2. A mail over its deadline, out of memory or after which the thread is gone counts as
 *    unparseable; the thread is ended and the next mail gets a new one.
 * 3. A thread that never became ready is no mail's fault: that throws, or a broken installation
 *    would put every mail into quarantine.
 * 4. A thread knows the bounce rules that it was started with. When others hold, the next mail gets
 *    a new one.
 */
import { Worker } from 'node:worker_threads';
import type { BounceRule } from '../../bounces/rule.ts';
import { OnbehalfError, codeOf, messageOf } from '../../runtime/errors.ts';
import type {
  CopyReading,
  NoticeMailReading,
  ParseAnswer,
  ParseRequest,
  ParseThreadSettings,
} from './parse-protocol.ts';

/** What {@link createCopyParser} takes. */
export interface CopyParserOptions {
  /** The built thread; default the file beside this one. Sources cannot run in a thread. */
  readonly threadUrl?: URL;
  /** Longest time one mail may take, in ms; default 10 000. */
  readonly deadlineMs?: number;
  /** Heap of the thread in MiB (attachments do not count); default 128. */
  readonly heapMb?: number;
  /** Cap of text and html of a mail, each, in bytes; the rest is cut off. Default 512 KiB. */
  readonly textMaxBytes?: number;
  /** Rules of the user, checked, that hold now; asked for each mail. Default: ours alone. */
  readonly bounceRules?: () => readonly BounceRule[];
}

/** What became of a mail: read, or why it could not be. */
export type CopyParseResult =
  ({ readonly ok: true } & CopyReading) | { readonly ok: false; readonly detail: string };

/** What became of a mail that was read as a notice: read, or why it could not be. */
export type NoticeParseResult =
  ({ readonly ok: true } & NoticeMailReading) | { readonly ok: false; readonly detail: string };

/** A parser of mails; calls wait for each other. */
export interface CopyParser {
  /**
   * Parses one mail as a copy.
   *
   * @throws OnbehalfError `SELF_CHECK_FAILED` when the thread does not start
   */
  parse(raw: Buffer): Promise<CopyParseResult>;
  /**
   * Reads one mail as a bounce, complaint or automatic reply.
   *
   * @throws OnbehalfError `SELF_CHECK_FAILED` when the thread does not start
   */
  parseNotice(raw: Buffer): Promise<NoticeParseResult>;
  /** Ends the thread; a mail in hand fails. */
  close(): Promise<void>;
}

/** How long a thread may take to start, in ms; loading the parser takes 0.2 s on a quiet machine. */
const startTimeoutMs = 30_000;

const noRules: readonly BounceRule[] = [];

/** Creates a parser; its thread starts with the first mail. */
export function createCopyParser(options: CopyParserOptions = {}): CopyParser {
  const { deadlineMs = 10_000, bounceRules = () => noRules } = options;
  let rules = noRules;
  let thread: Promise<ParseThread> | undefined;
  let queue: Promise<unknown> = Promise.resolve();
  let closed = false;
  let requests = 0;

  const ask = async (as: ParseRequest['as'], raw: Buffer): Promise<ThreadResult> => {
    const rulesNow = bounceRules();
    if (rulesNow !== rules) {
      const before = thread;
      thread = undefined;
      rules = rulesNow;
      await (await before)?.end();
    }
    // looked at last: a thread that is started after close() would never be ended
    if (closed) return { kind: 'lost', detail: 'the parser was closed' };
    const current = await (thread ??= startThread(options, rules));
    requests += 1;
    const result = await current.ask({ id: requests, as, raw }, deadlineMs);
    if (result.kind === 'lost') {
      // ended, so that nothing of this mail is left when the next one comes
      thread = undefined;
      await current.end();
    }
    return result;
  };
  const inTurn = async (as: ParseRequest['as'], raw: Buffer): Promise<ThreadResult> => {
    const turn = queue.then(() => ask(as, raw));
    queue = turn.catch(() => {
      thread = undefined;
    });
    return turn;
  };

  return {
    async parse(raw) {
      const result = await inTurn('copy', raw);
      if (result.kind !== 'copy') return failureOf(result);
      return { ok: true, copy: result.copy, contentKey: result.contentKey };
    },
    async parseNotice(raw) {
      const result = await inTurn('notice', raw);
      if (result.kind !== 'notice') return failureOf(result);
      return { ok: true, notice: result.notice, contentKey: result.contentKey };
    },
    async close() {
      closed = true;
      const current = await thread?.catch(() => undefined);
      await current?.end();
      await queue;
    },
  };
}

type ThreadResult = ParseAnswer | { readonly kind: 'lost'; readonly detail: string };

interface ParseThread {
  ask(request: ParseRequest, deadlineMs: number): Promise<ThreadResult>;
  end(): Promise<void>;
}

async function startThread(
  options: CopyParserOptions,
  bounceRules: readonly BounceRule[],
): Promise<ParseThread> {
  const settings: ParseThreadSettings = {
    textMaxBytes: options.textMaxBytes ?? 512 * 1024,
    bounceRules,
  };
  const worker = new Worker(options.threadUrl ?? new URL('./parse-thread.js', import.meta.url), {
    workerData: settings,
    resourceLimits: { maxOldGenerationSizeMb: options.heapMb ?? 128 },
    // flags meant for the program itself may not suit a thread
    execArgv: [],
    // what a parser prints about a mail does not belong on our streams
    stdout: true,
    stderr: true,
  });
  let answer: ((answer: ParseAnswer) => void) | undefined;
  let lose: ((detail: string) => void) | undefined;
  let lost: string | undefined;
  const gone = (detail: string): void => {
    lost ??= detail;
    lose?.(lost);
  };
  worker.on('message', (message: ParseAnswer) => answer?.(message));
  worker.on('error', (error) =>
    gone(
      codeOf(error) === 'ERR_WORKER_OUT_OF_MEMORY'
        ? 'parsing it took more memory than allowed'
        : `the parser broke down: ${messageOf(error).slice(0, 200)}`,
    ),
  );
  worker.on('exit', () => gone('the parser ended'));
  worker.stdout.resume();
  worker.stderr.resume();
  // a thread that waits for mail must not keep the process alive
  worker.unref();

  const next = (timeoutMs: number, late: string): Promise<ParseAnswer> =>
    new Promise((resolve, reject) => {
      const fail = (detail: string): void => {
        clearTimeout(timer);
        reject(new Error(detail));
      };
      const timer = setTimeout(() => fail(late), timeoutMs);
      answer = (message) => {
        clearTimeout(timer);
        resolve(message);
      };
      lose = fail;
      if (lost !== undefined) fail(lost);
    });

  const end = async (): Promise<void> => {
    await worker.terminate();
  };
  try {
    await next(startTimeoutMs, `it was not ready within ${startTimeoutMs} ms`);
  } catch (error) {
    await end();
    throw new OnbehalfError('SELF_CHECK_FAILED', `Mails cannot be parsed: ${messageOf(error)}`, {
      cause: error,
    });
  }
  return {
    end,
    async ask(request, deadlineMs) {
      const answered = next(deadlineMs, `parsing it took more than ${deadlineMs} ms`);
      worker.postMessage(request);
      try {
        return await answered;
      } catch (error) {
        return { kind: 'lost', detail: messageOf(error) };
      }
    },
  };
}

function failureOf(result: ThreadResult): { readonly ok: false; readonly detail: string } {
  switch (result.kind) {
    case 'failed':
    case 'lost':
      return { ok: false, detail: result.detail };
    case 'copy':
    case 'notice':
    case 'ready':
      return { ok: false, detail: 'the parser answered out of turn' };
  }
}
