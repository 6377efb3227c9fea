import {
  randomMessageId,
  messageIdFromKey,
  sendIdOf,
  type MessageId,
  type SendId,
} from '../mail/ids.ts';
import { addressKey, domainOf, type EmailAddress } from '../mail/address.ts';
import { createContentStore } from '../queue/content-store.ts';
import { createIdempotencyStore, randomTurn } from '../queue/idempotency.ts';
import { keyNames } from '../queue/key-names.ts';
import { createLedger } from '../queue/ledger.ts';
import { createLimits } from '../queue/limits.ts';
import { lazyRedis, readyRedis, redisTrouble } from '../queue/redis-connection.ts';
import { checkRedis } from '../queue/redis-check.ts';
import { cancelSend, statusOf, type CancelAnswer, type SendStatus } from '../queue/send-status.ts';
import { createSendQueue } from '../queue/send-queue.ts';
import { createSuppressionMirror } from '../queue/suppression-mirror.ts';
import { sendJobVersion, type SendJob } from '../queue/send-job.ts';
import { systemClock, type Clock } from '../runtime/clock.ts';
import { codeOf, OnbehalfError, validationError } from '../runtime/errors.ts';
import { silentLogger, type Logger } from '../runtime/logger.ts';
import type { ModeChoice } from '../mail/choose-mode.ts';
import { modeOf, type CheckFacts } from './check-mode.ts';
import { checkSend, contentBytesMaxDefault, type CheckedSend } from './check-send.ts';
import { fingerprintOf } from './fingerprint.ts';
import { knownTemplates } from './known-templates.ts';
import { checkSendId, messageOfKey, type KeyOfSends } from './status.ts';
import {
  keptAnswer,
  readAnswer,
  sortSuppressed,
  type SuppressedRecipient,
  type SuppressedSends,
} from './suppressed-recipients.ts';
import type { SendInput } from './send-input.ts';

/** What {@link createProducer} takes. */
export interface ProducerOptions {
  /** `redis://host:port/db`, `rediss://…` or the path of a Unix socket. */
  readonly redisUrl: string;
  /** Tells several installations on one Redis apart; default `onbehalf`. */
  readonly prefix?: string;
  /** 32 bytes that encrypt contents in Redis (`ONBEHALF_CONTENT_KEY`); default: not encrypted. */
  readonly contentSecret?: Uint8Array;
  /** Largest content (bodies and attachments) of one message, in bytes; default 15 MiB. */
  readonly contentBytesMax?: number;
  /** Told about Redis settings that endanger mail, and outages; default silent. */
  readonly logger?: Logger;
  /** Default: the clock of this machine. */
  readonly clock?: Clock;
}

/** One send of a call. */
export interface EnqueuedSend {
  /** The recipient's address, as it will stand in RCPT TO. */
  readonly recipient: EmailAddress;
  readonly sendId: SendId;
  /** Whether an earlier call with the same idempotency key brought it. */
  readonly duplicate: boolean;
  /** Present where its recipient is suppressed: nothing is sent, and its state is `suppressed`. */
  readonly suppressed?: SuppressedRecipient;
}

/** What `send()` resolves to, once every send is in Redis. */
export interface SendResult {
  readonly messageId: MessageId;
  readonly sends: readonly EnqueuedSend[];
}

/** Puts send jobs into Redis. */
export interface Producer extends AsyncDisposable {
  /**
   * Enqueues one message, one send for each recipient: all of them or none. A recipient that is
   * suppressed at `sendAt`, as far as is known now, gets nothing, and the answer says so; the others
   * do. Workers look again before each attempt. When it rejects because
   * Redis went away in between, a call with the same idempotency key finishes or repeats it safely.
   *
   * @throws OnbehalfError `INVALID_INPUT` with every problem; `IDEMPOTENCY_CONFLICT`;
   *   `REDIS_UNAVAILABLE`; `REDIS_UNSUITABLE` when Redis refuses to store, e.g. for want of memory
   */
  send(input: SendInput): Promise<SendResult>;
  /**
   * Says which mode a message would get, given what DNS says, and why; sends nothing, and needs
   * neither Redis nor DNS.
   *
   * @throws OnbehalfError `INVALID_INPUT` with every problem, as `send()` would
   */
  check(input: SendInput, facts: CheckFacts): ModeChoice;
  /**
   * Says where a send is: while it is in flight or held, and for 7 days at least after its end.
   *
   * @throws OnbehalfError `INVALID_INPUT`, `REDIS_UNAVAILABLE`
   */
  status(sendId: string): Promise<SendStatus>;
  /** Says where all sends of a call are; an empty list where its idempotency key is not known. */
  status(key: KeyOfSends): Promise<readonly SendStatus[]>;
  /**
   * Recalls a send if it still can be; the answer says whether. Safe to repeat.
   *
   * @param reason for the history, without secrets; default: that the caller did it
   * @throws OnbehalfError `INVALID_INPUT`, `REDIS_UNAVAILABLE`, `REDIS_UNSUITABLE`
   */
  cancel(sendId: string, reason?: string): Promise<CancelAnswer>;
  /** Closes the connection; calls in flight are waited for. */
  close(): Promise<void>;
}

const defaultLifetimeMs = 72 * 3_600_000;
const withdrawnText =
  'another call with this idempotency key could not add all its sends and took them back; nothing was enqueued. Try again';
/** Errors after which nothing of a call is in the queue. */
const surelyNothing = ['INVALID_INPUT', 'REDIS_UNSUITABLE'];

/**
 * Creates a producer. It connects at the first `send()`, and fails fast while Redis is away.
 *
 * @throws OnbehalfError `INVALID_INPUT` for options that cannot be used
 */
export function createProducer(options: ProducerOptions): Producer {
  const { redisUrl, contentBytesMax = contentBytesMaxDefault } = options;
  const clock = options.clock ?? systemClock;
  const logger = options.logger ?? silentLogger;
  const connection = { url: redisUrl, whileAway: 'fail', logger } as const;
  const redis = lazyRedis(connection);
  const keys = keyNames(options.prefix);
  const secret = options.contentSecret;
  const contents = createContentStore({ redis, keys, ...(secret === undefined ? {} : { secret }) });
  const idempotency = createIdempotencyStore(redis, keys);
  const queue = createSendQueue(redis, keys);
  const ledger = createLedger(redis, keys);
  const limits = createLimits(redis, keys);
  const mirror = createSuppressionMirror(redis, keys);
  const templates = knownTemplates();
  const inFlight = new Set<Promise<unknown>>();
  let checked: Promise<void> | undefined;
  let closing: Promise<void> | undefined;

  const ready = async (): Promise<void> => {
    await readyRedis(redis, connection);
    checked ??= warnAboutRedis();
    try {
      await checked;
    } catch (error) {
      checked = undefined;
      throw error;
    }
  };
  const translated = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      throw redisTrouble(error, redisUrl);
    }
  };
  const warnAboutRedis = async (): Promise<void> => {
    for (const finding of await checkRedis(redis, clock.now())) {
      logger.warn('redis-setting', { kind: finding.kind, message: finding.message });
    }
  };

  const enqueue = async (input: SendInput): Promise<SendResult> => {
    const checkedInput = checkSend(input, contentBytesMax);
    const request = { ...checkedInput, content: templates(checkedInput.content) };
    await ready();
    const now = clock.now();
    const plan = planOf(request, now);
    if (request.idempotencyKey === undefined) {
      refuseExpired(plan, now);
      return resultOf(request, plan.messageId, false, await addAll(request, plan));
    }
    const { messageId } = plan;
    const sendIds = request.recipients.map((each) => sendIdOf(messageId, addressKey(each)));
    const claim = {
      fingerprint: fingerprintOf(request),
      ...plan.times,
      sendIds,
      turn: randomTurn(),
    };
    const earlier = await idempotency.claim(plan.messageId, claim);
    if (earlier !== undefined && earlier.fingerprint !== claim.fingerprint) {
      throw new OnbehalfError(
        'IDEMPOTENCY_CONFLICT',
        `idempotency key "${request.idempotencyKey}" was used before with another input; use a new key for new content`,
      );
    }
    let suppressed = readAnswer(earlier?.answer);
    if (earlier?.complete !== true) {
      const mayWithdraw = async (): Promise<boolean> => idempotency.withdraw(messageId);
      try {
        if (earlier === undefined) refuseExpired(plan, now);
        // The first call's times hold for a call that finishes it, so that the jobs are the same.
        const times = earlier ?? plan.times;
        suppressed = await addAll(request, { ...plan, times }, mayWithdraw);
      } catch (error) {
        // Certain that nothing was enqueued: the key is free again. Unclear: it stays claimed.
        // A call that finishes an earlier one cannot be certain: that one may have enqueued.
        const nothing = surelyNothing.includes(codeOf(error) ?? '');
        if (nothing) await idempotency[earlier === undefined ? 'release' : 'reopen'](messageId);
        throw error;
      }
      const { turn } = earlier ?? claim;
      if (!(await idempotency.complete(messageId, turn, keptAnswer(suppressed)))) {
        await Promise.all(sendIds.map(async (sendId) => queue.remove(sendId)));
        throw new OnbehalfError('REDIS_UNSUITABLE', withdrawnText);
      }
    }
    return resultOf(request, plan.messageId, earlier !== undefined, suppressed);
  };

  const addAll = async (
    request: CheckedSend,
    plan: Plan,
    mayWithdraw?: () => Promise<boolean>,
  ): Promise<SuppressedSends> => {
    const { createdAt, sendAt, expiresAt } = plan.times;
    const { tenant, kind, requestedMode, uncertainPolicy, filling, content } = request;
    const recipientDomains = [...new Set(request.recipients.map(domainOf))];
    const from = content.from.address;
    const [contentKey, found] = await Promise.all([
      translated(contents.put(tenant, content, expiresAt)),
      mirror.findAll(tenant, request.recipients, from),
    ]);
    const jobs = request.recipients.map((recipient): SendJob => ({
      v: sendJobVersion,
      sendId: sendIdOf(plan.messageId, addressKey(recipient)),
      messageId: plan.messageId,
      tenant,
      recipient,
      recipientDomains,
      contentKey,
      kind,
      createdAt,
      sendAt,
      expiresAt,
      ...(requestedMode === undefined ? {} : { requestedMode }),
      ...(uncertainPolicy === undefined ? {} : { uncertainPolicy }),
      ...(request.recipients.length === 1 ? { soleSend: true as const } : {}),
      ...filling,
    }));
    const now = clock.now();
    const { toSend, suppressed, answer } = sortSuppressed(jobs, found, from, now);
    return answer(await queue.addAll(toSend, now, mayWithdraw, suppressed));
  };

  const close = async (): Promise<void> => {
    await Promise.allSettled(inFlight);
    await queue.close();
    redis.disconnect();
  };

  const carryOut = async <T>(task: () => Promise<T>): Promise<T> => {
    if (closing !== undefined) {
      throw new OnbehalfError('INTERRUPTED', 'the producer is closed');
    }
    const work = translated(task());
    inFlight.add(work);
    try {
      return await work;
    } finally {
      inFlight.delete(work);
    }
  };

  const statusOfOne = async (sendId: SendId): Promise<SendStatus> =>
    statusOf(sendId, await ledger.find(sendId));
  const statusOfKey = async (key: KeyOfSends): Promise<readonly SendStatus[]> => {
    const sendIds = await idempotency.sendsOf(messageOfKey(key));
    return Promise.all(sendIds.map(statusOfOne));
  };
  function status(sendId: string): Promise<SendStatus>;
  function status(key: KeyOfSends): Promise<readonly SendStatus[]>;
  async function status(of: string | KeyOfSends): Promise<SendStatus | readonly SendStatus[]> {
    return carryOut(async () => {
      const sendId = typeof of === 'string' ? checkSendId(of) : undefined;
      await ready();
      return sendId === undefined ? statusOfKey(of as KeyOfSends) : statusOfOne(sendId);
    });
  }

  return {
    send: async (input) => carryOut(async () => enqueue(input)),
    status,
    cancel: async (id, reason = 'cancelled by the caller') =>
      carryOut(async () => {
        const sendId = checkSendId(id);
        await ready();
        return cancelSend({ ledger, queue, limits, now: () => clock.now() }, sendId, reason);
      }),
    check: (input, facts) => modeOf(checkSend(input, contentBytesMax), facts),
    close: async () => (closing ??= close()),
    [Symbol.asyncDispose]: async () => (closing ??= close()),
  };
}

interface Plan {
  readonly messageId: MessageId;
  readonly times: {
    readonly createdAt: number;
    readonly sendAt: number;
    readonly expiresAt: number;
  };
}

function planOf(request: CheckedSend, now: number): Plan {
  const { tenant, idempotencyKey } = request;
  const sendAt = request.sendAt ?? now;
  const expiresAt = request.expiresAt ?? sendAt + defaultLifetimeMs;
  const messageId =
    idempotencyKey === undefined ? randomMessageId() : messageIdFromKey(tenant, idempotencyKey);
  return { messageId, times: { createdAt: now, sendAt, expiresAt } };
}

function refuseExpired(plan: Plan, now: number): void {
  if (plan.times.expiresAt > now) return;
  throw validationError('INVALID_INPUT', 'send()', [
    { field: 'expiresAt', message: 'is past already, so no attempt could be made' },
  ]);
}

function resultOf(
  request: CheckedSend,
  messageId: MessageId,
  duplicate: boolean,
  suppressed: SuppressedSends,
): SendResult {
  const sends = request.recipients.map((recipient) => {
    const sendId = sendIdOf(messageId, addressKey(recipient));
    const why = suppressed.get(sendId);
    return { recipient, sendId, duplicate, ...(why === undefined ? {} : { suppressed: why }) };
  });
  return { messageId, sends };
}
