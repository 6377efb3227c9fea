import { createHash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import type { MessageContent } from '../../src/mail/message-content.ts';
import type { Logger } from '../../src/runtime/logger.ts';
import { silentLogger } from '../../src/runtime/logger.ts';
import { resolveIdentity } from '../../src/worker/identity.ts';
import { createRenderer, type Renderer } from '../../src/worker/renderer.ts';
import type { RenderRequest } from '../../src/worker/render-protocol.ts';
import { sampleContent, sampleFacts, sampleJob } from '../queue/sample-send.ts';
import { atEnd } from '../support/leftovers.ts';
import { workerOptions } from '../support/world.ts';

const threadUrl = new URL('../support/render-thread.mjs', import.meta.url);
const { provider, dkim, keyring } = workerOptions('unused', { host: 'unused', port: 0 });
const settings = { provider, dkim, keyring };
const identity = resolveIdentity(provider, dkim, keyring);

function rendererWith(more: { threadUrl?: URL; largeBytes?: number; logger?: Logger }): Renderer {
  const renderer = createRenderer({ identity, settings, logger: silentLogger, threadUrl, ...more });
  atEnd(() => renderer.close());
  return renderer;
}

function requestWith(content: MessageContent): RenderRequest {
  return {
    job: sampleJob(),
    frozen: sampleFacts({ dateMs: 1_790_000_000_000 }),
    content,
    route: { signs: 'us', returnPath: 'ours' },
  };
}

/** Random bytes, the same each time. */
function noise(bytes: number): Buffer {
  return createHash('shake256', { outputLength: bytes }).update('noise').digest();
}

const large = requestWith(
  sampleContent({
    attachments: [
      {
        filename: 'plan.pdf',
        contentType: 'application/pdf',
        disposition: 'attachment',
        content: noise(8 * 1024 * 1024),
      },
    ],
  }),
);

/** How often the event loop turns until something is done. */
async function turnsUntil(work: Promise<unknown>): Promise<number> {
  let done = false;
  const ended = work.finally(() => (done = true));
  let turns = 0;
  while (!done) {
    await nextTurn();
    turns += 1;
  }
  await ended;
  return turns;
}

test('a large message is the same from the thread as from here, and the loop goes on', async () => {
  const inThread = rendererWith({});
  // The thread starts with its first message; what is counted is a thread that is there.
  const first = await inThread.render(large);
  const turns = await turnsUntil(inThread.render(large));
  const here = rendererWith({ largeBytes: Infinity });
  const turnsHere = await turnsUntil(here.render(large));
  const second = await here.render(large);
  expect(first.message.equals(second.message)).toBe(true);
  expect(first.envelope).toEqual(second.envelope);
  expect(first.inspected).toEqual(second.inspected);
  expect(first.inspected).toEqual({ eightBit: false, eightBitHeader: false });
  expect(turns).toBeGreaterThan(10 * turnsHere);
});

test('several at once each get their own', async () => {
  const renderer = rendererWith({ largeBytes: 0 });
  const requests = [1, 2, 3, 4].map((n) => requestWith(sampleContent({ subject: `number ${n}` })));
  const mails = await Promise.all(requests.map(async (each) => renderer.render(each)));
  mails.forEach(({ message, envelope }, index) => {
    expect(message.toString('latin1')).toContain(`Subject: number ${index + 1}\r\n`);
    expect(envelope.rcptTo).toEqual([requests[index]?.job.recipient]);
  });
});

test('what cannot be rendered has its code from the thread, too', async () => {
  const renderer = rendererWith({ largeBytes: 0 });
  const broken = { ...large, frozen: sampleFacts({ selector: 'gone' }) };
  await expect(renderer.render(broken)).rejects.toMatchObject({ code: 'SIGNING_FAILED' });
  const direct = { ...large, frozen: sampleFacts({ mode: 'direct' }) };
  await expect(renderer.render(direct)).rejects.toMatchObject({ code: 'RENDER_FAILED' });
});

test.each([
  ['is not there', new URL('./no-such-thread.mjs', import.meta.url)],
  ['ends at once', new URL('data:text/javascript,process.exit(0)')],
])('a thread that %s is done without, told once', async (_what, url) => {
  const told: string[] = [];
  const logger = { ...silentLogger, warn: (event: string) => told.push(event) };
  const renderer = rendererWith({ threadUrl: url, largeBytes: 0, logger });
  const small = requestWith(sampleContent());
  const here = await rendererWith({ largeBytes: Infinity }).render(small);
  for (let round = 0; round < 3; round += 1) {
    expect((await renderer.render(small)).message.equals(here.message)).toBe(true);
  }
  expect(told).toEqual(['render-thread-gone']);
});
