/**
 * The thread that renders and signs large messages, started by renderer.ts: encoding and hashing 15 MB
 * takes a tenth of a second, in which no other send of the process would go on.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { codeOf, errorCatalogue, messageOf, type ErrorCode } from '../runtime/errors.ts';
import { resolveIdentity } from './identity.ts';
import { maskMessage } from './mask-message.ts';
import { inspectRendered } from './message-bytes.ts';
import type { RenderAnswer, RenderRequest, RenderThreadSettings } from './render-protocol.ts';

const { provider, dkim, keyring } = workerData as RenderThreadSettings;
const identity = resolveIdentity(provider, dkim, keyring);

async function answerTo(id: number, request: RenderRequest): Promise<RenderAnswer> {
  const { job, frozen, content, route } = request;
  try {
    const mail = await maskMessage(identity, job, frozen, content, route);
    return {
      kind: 'rendered',
      id,
      mail: { ...mail, inspected: inspectRendered(mail.message, mail.bodyAt) },
    };
  } catch (error) {
    return { kind: 'failed', id, code: ownCode(codeOf(error)), message: messageOf(error) };
  }
}

function ownCode(code: string | undefined): ErrorCode | undefined {
  return code !== undefined && Object.hasOwn(errorCatalogue, code)
    ? (code as ErrorCode)
    : undefined;
}

parentPort?.on('message', (message: { readonly id: number; readonly request: RenderRequest }) => {
  void answerTo(message.id, message.request).then((answer) => {
    // Handed over, not copied: nobody here needs it any more.
    const bytes = answer.kind === 'rendered' ? [answer.mail.message.buffer as ArrayBuffer] : [];
    parentPort?.postMessage(answer, bytes);
  });
});
parentPort?.postMessage({ kind: 'ready' } satisfies RenderAnswer);
