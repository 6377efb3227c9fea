import { expect, test } from '@jest/globals';
import { startServerProcess } from '../../src/runtime/server-process.ts';
import type { ServerProcessOptions } from '../../src/runtime/server-process.ts';
import '../support/leftovers.ts';

/** A server in JavaScript. */
function program(source: string): ServerProcessOptions {
  return { programs: [process.execPath], args: ['-e', source], readyLine: /^ready$/ };
}

const runOn = 'setInterval(() => undefined, 1000);';

test('resolves at the ready line, and hands on every line', async () => {
  const lines: string[] = [];
  const server = await startServerProcess({
    ...program(`console.log('not ready yet'); console.error('ready'); ${runOn}`),
    log: (line) => lines.push(line),
  });
  await Promise.all([server.stop(), server.stop()]);
  expect(await server.exited).toEqual({ code: null, signal: 'SIGTERM' });
  await server.stop();
  expect(lines.sort()).toEqual(['not ready yet', 'ready']);
});

test('names the programs that are not installed', async () => {
  await expect(
    startServerProcess({ ...program(''), programs: ['no-such-server', 'nor-this-one'] }),
  ).rejects.toMatchObject({
    code: 'SERVER_MISSING',
    message: expect.stringContaining('no-such-server or nor-this-one is not installed'),
  });
});

test('falls back to the next name', async () => {
  const server = await startServerProcess({
    ...program(`console.log('ready'); ${runOn}`),
    programs: ['no-such-server', process.execPath],
  });
  await server.stop();
  expect(server.lastLines()).toBe('ready');
});

test('reports the last words of a server that ends before it is ready', async () => {
  await expect(
    startServerProcess(program(`console.error('disk full'); process.exit(7)`)),
  ).rejects.toMatchObject({
    code: 'SERVER_FAILED',
    message: expect.stringMatching(/exit code 7[^]*disk full/),
  });
});

test('ends a server that does not become ready in time', async () => {
  await expect(startServerProcess({ ...program(runOn), readyTimeoutMs: 50 })).rejects.toMatchObject(
    {
      code: 'SERVER_FAILED',
      message: expect.stringContaining('not ready within 50 ms'),
    },
  );
});

test('kills a server that does not stop, and what it has started', async () => {
  const child = `require('node:child_process').spawn(process.execPath, ['-e', '${runOn}'], { stdio: 'inherit' })`;
  const server = await startServerProcess({
    ...program(`process.on('SIGTERM', () => 0); ${child}; console.log('ready'); ${runOn}`),
    stopGraceMs: 50,
  });
  // Its child holds the same output open: this would not end if that one lived on.
  await server.stop();
  expect(await server.exited).toEqual({ code: null, signal: 'SIGKILL' });
});
