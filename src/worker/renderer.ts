/**
 * Renders and signs the messages of a worker without holding up its event loop.
 *
 * 1. A small message is rendered where it is asked for: handing it to a thread and back would cost
 *    more than the work. Its RSA signature runs in the thread pool.
 * 2. A large one goes to a thread, which is started with the first of them. Bytes depend on nothing but
 *    the request, so they are the same wherever they are made.
 * 3. A thread that does not start (its file was left out of a bundle) or breaks down is done without:
 *    the message is rendered here, and somebody is told.
 */
import { Worker } from 'node:worker_threads';
import type { MessageContent } from '../mail/message-content.ts';
import { messageOf, OnbehalfError } from '../runtime/errors.ts';
import type { Logger } from '../runtime/logger.ts';
import type { Identity } from './identity.ts';
import { maskMessage } from './mask-message.ts';
import { inspectRendered } from './message-bytes.ts';
import type {
  RenderAnswer,
  RenderedMail,
  RenderRequest,
  RenderThreadSettings,
} from './render-protocol.ts';

/** What {@link createRenderer} takes. */
export interface RendererOptions {
  readonly identity: Identity;
  /** What the identity was made from: the thread makes its own. */
  readonly settings: RenderThreadSettings;
  readonly logger: Logger;
  /** Contents above this go to the thread, in bytes; default 256 KiB, some 2 ms of work. */
  readonly largeBytes?: number;
  /** The built thread; default the file beside this one. */
  readonly threadUrl?: URL;
}

/** Renders and signs messages. */
export interface Renderer {
  /**
   * The message of a send, ready for the wire; equal requests give equal bytes.
   *
   * @throws OnbehalfError `RENDER_FAILED`, `SIGNING_FAILED`
   */
  render(request: RenderRequest): Promise<RenderedMail>;
  /** Ends the thread; call it when nothing runs any more. */
  close(): void;
}

/** Creates a renderer; one per process. */
export function createRenderer(options: RendererOptions): Renderer {
  const { identity, settings, logger, largeBytes = 256 * 1024 } = options;
  const threadUrl = options.threadUrl ?? new URL('./render-thread.js', import.meta.url);
  let thread: RenderThread | undefined;
  let cannotStart = false;
  let closed = false;

  const renderHere = async (request: RenderRequest): Promise<RenderedMail> => {
    const { job, frozen, content, route } = request;
    const mail = await maskMessage(identity, job, frozen, content, route);
    return { inspected: inspectRendered(mail.message, mail.bodyAt), ...mail };
  };
  const renderInThread = async (request: RenderRequest): Promise<RenderedMail> => {
    thread ??= startThread(threadUrl, settings);
    const used = thread;
    const answer = await used.ask(request);
    if (answer.kind !== 'gone') return mailOf(answer);
    if (thread === used) {
      thread = undefined;
      cannotStart = !answer.wasReady;
      if (!closed) logger.warn('render-thread-gone', { error: answer.reason });
    }
    return renderHere(request);
  };
  return {
    async render(request) {
      const isLarge = !cannotStart && bytesOf(request.content) > largeBytes;
      return isLarge ? renderInThread(request) : renderHere(request);
    },
    close() {
      closed = true;
      thread?.end();
    },
  };
}

function mailOf(answer: Exclude<RenderAnswer, { kind: 'ready' }>): RenderedMail {
  if (answer.kind === 'failed') {
    throw answer.code === undefined
      ? new Error(answer.message)
      : new OnbehalfError(answer.code, answer.message);
  }
  const { message, ...rest } = answer.mail;
  // Buffers arrive as plain byte arrays.
  return {
    ...rest,
    message: Buffer.from(message.buffer, message.byteOffset, message.byteLength),
  };
}

/** About how much there is to encode, in bytes. */
function bytesOf({ text = '', html = '', attachments }: MessageContent): number {
  return attachments.reduce(
    (sum, each) => sum + each.content.byteLength,
    text.length + html.length,
  );
}

type ThreadAnswer =
  | Exclude<RenderAnswer, { kind: 'ready' }>
  | { readonly kind: 'gone'; readonly wasReady: boolean; readonly reason: string };

interface RenderThread {
  ask(request: RenderRequest): Promise<ThreadAnswer>;
  end(): void;
}

function startThread(url: URL, workerData: RenderThreadSettings): RenderThread {
  // Flags meant for the program itself may not suit a thread.
  const worker = new Worker(url, { workerData, execArgv: [] });
  const waiting = new Map<number, (answer: ThreadAnswer) => void>();
  let count = 0;
  let wasReady = false;
  let gone: Extract<ThreadAnswer, { kind: 'gone' }> | undefined;
  const end = (reason: string): void => {
    gone ??= { kind: 'gone', wasReady, reason };
    for (const settle of waiting.values()) settle(gone);
    waiting.clear();
  };
  worker.on('message', (answer: RenderAnswer) => {
    wasReady = true;
    if (answer.kind === 'ready') return;
    waiting.get(answer.id)?.(answer);
    waiting.delete(answer.id);
  });
  worker.on('error', (error) => end(messageOf(error)));
  worker.on('exit', () => end('it ended'));
  // While somebody waits for it the process is kept alive by the job's own connection.
  worker.unref();
  return {
    ask: (request) =>
      new Promise((resolve) => {
        if (gone !== undefined) return resolve(gone);
        count += 1;
        waiting.set(count, resolve);
        worker.postMessage({ id: count, request });
      }),
    end: () => void worker.terminate(),
  };
}
