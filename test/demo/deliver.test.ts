import { expect, test } from '@jest/globals';
import { deliverByLmtp } from '../../src/demo/deliver.ts';
import '../support/leftovers.ts';
import { startRawRelay } from '../support/raw-relay.ts';

const delivery = {
  mailFrom: 'jane@acme.example',
  rcptTo: ['dropbox@in.crm.example'],
  message: Buffer.from('Subject: x\r\n\r\nbody'),
};

test('an unreachable server is an error', async () => {
  const gone = await startRawRelay();
  await gone.stop();
  await expect(deliverByLmtp(gone, delivery)).rejects.toMatchObject({
    code: 'SUBMIT_FAILED',
    message: expect.stringContaining('ECONNREFUSED'),
  });
});

test('so are one that breaks off, one that is silent and one that does not speak LMTP', async () => {
  await using closing = await startRawRelay({ script: () => ({ closeAfter: 'greeting' }) });
  await using silent = await startRawRelay({ script: () => ({ hangAt: 'greeting' }) });
  await using other = await startRawRelay();
  const message = async (port: number): Promise<unknown> =>
    deliverByLmtp({ host: '127.0.0.1', port }, delivery, 50).then(
      () => 'delivered',
      (error: { readonly message: string }) => error.message,
    );
  expect(await message(closing.port)).toBe(
    'LMTP delivery failed: the server closed the connection',
  );
  expect(await message(silent.port)).toBe('LMTP delivery failed: no reply within 50 ms');
  expect(await message(other.port)).toBe('LMTP delivery failed: 502 Command not implemented');
});
