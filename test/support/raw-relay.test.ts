import { describe, expect, test } from '@jest/globals';
import { dialogue } from './dialogue.ts';
import type { Dialogue } from './dialogue.ts';
import './leftovers.ts';
import { startRawRelay } from './raw-relay.ts';
import type { RawClose, RawScript, RawStage } from './raw-relay.ts';

const envelope = ['EHLO client', 'MAIL FROM:<a@x.example>', 'RCPT TO:<b@y.example>', 'DATA'];
const message = 'Subject: hello\r\nMessage-Id:\r\n <1@x.example>\r\n\r\n..dot\r\nend\r\n';

/** Plays a whole transaction; returns the first words of the replies, up to the close if any. */
async function play(peer: Dialogue): Promise<readonly string[]> {
  const replies = [await peer.next()];
  for (const line of [...envelope, `${message}.`, 'QUIT']) {
    if (replies.at(-1) === '(closed)') break;
    replies.push(await peer.say(line));
  }
  return replies.map((reply) => reply.slice(0, reply.startsWith('(') ? undefined : 3));
}

describe('startRawRelay', () => {
  test('takes a whole transaction', async () => {
    await using relay = await startRawRelay();
    await using peer = await dialogue(relay, { greeting: false });
    expect(await play(peer)).toEqual(['220', '250', '250', '250', '354', '250', '221']);
    expect(relay.received).toEqual([
      {
        connection: 1,
        mailFrom: 'a@x.example',
        rcptTo: ['b@y.example'],
        message: Buffer.from(
          'Subject: hello\r\nMessage-Id:\r\n <1@x.example>\r\n\r\n.dot\r\nend\r\n',
        ),
        messageId: '<1@x.example>',
        replied: true,
      },
    ]);
    expect(relay.commands).toEqual([...envelope, 'QUIT'].map((line) => `1 ${line}`));
  });

  test('takes pipelined commands and messages in any pieces', async () => {
    const bytes = `${envelope.join('\r\n')}\r\n${message}.\r\n`.repeat(2);
    for (const size of [1, 2, 3, 7, bytes.length]) {
      await using relay = await startRawRelay();
      await using peer = await dialogue(relay);
      for (let at = 0; at < bytes.length; at += size) peer.send(bytes.slice(at, at + size));
      await relay.waitFor(({ received }) => received.length === 2);
      expect(new Set(relay.received.map((mail) => mail.message.toString())).size).toBe(1);
      expect(relay.received[1]?.message.toString()).toContain('\r\n\r\n.dot\r\nend\r\n');
    }
  });

  test('tells who is granted a body and leaves without a byte of it', async () => {
    const told: string[] = [];
    let left: () => void = () => undefined;
    const over = new Promise<void>((resolve) => (left = resolve));
    await using relay = await startRawRelay({
      script: (connection) => (connection === 3 ? { closeAfter: 'data' } : {}),
      onBody(connection, moment) {
        told.push(`${connection} ${moment}`);
        if (connection === 4 && moment === 'left') left();
      },
    });
    // A whole message, half of one, one whose connection the relay closes, and none.
    for (const text of [`${message}.\r\n`, 'Subject: half', '', '']) {
      await using peer = await dialogue(relay);
      for (const line of envelope) await peer.say(line);
      peer.send(text);
      if (text.endsWith('.\r\n')) await peer.next();
    }
    await over;
    expect(told).toEqual(['1 granted', '2 granted', '3 granted', '4 granted', '4 left']);
  });

  test.each<[RawClose, readonly string[], number]>([
    ['greeting', ['220', '(closed)'], 0],
    ['ehlo', ['220', '250', '(closed)'], 0],
    ['mail', ['220', '250', '250', '(closed)'], 0],
    ['rcpt', ['220', '250', '250', '250', '(closed)'], 0],
    ['data', ['220', '250', '250', '250', '354', '(closed)'], 0],
    ['mid-body', ['220', '250', '250', '250', '354', '(closed)'], 0],
    ['dot', ['220', '250', '250', '250', '354', '(closed)'], 1],
    ['reply', ['220', '250', '250', '250', '354', '250', '(closed)'], 1],
  ])('closes after %s', async (closeAfter, replies, receivedCount) => {
    await using relay = await startRawRelay({ script: () => ({ closeAfter }) });
    await using peer = await dialogue(relay, { greeting: false });
    expect(await play(peer)).toEqual(replies);
    expect(relay.received.map((mail) => mail.replied)).toEqual(
      Array.from({ length: receivedCount }, () => closeAfter === 'reply'),
    );
  });

  test.each<[RawStage, number]>([
    ['greeting', 0],
    ['ehlo', 1],
    ['mail', 2],
    ['rcpt', 3],
    ['data', 4],
    ['dot', 4],
  ])('hangs at %s', async (hangAt, commandCount) => {
    await using relay = await startRawRelay({ script: () => ({ hangAt }) });
    const peer = await dialogue(relay, { greeting: false });
    const replies = play(peer);
    await relay.waitFor(({ commands, received, connectionCount }) =>
      hangAt === 'dot' ? received.length === 1 : connectionCount + commands.length > commandCount,
    );
    expect(relay.commands.length).toBe(commandCount);
    await relay.stop();
    expect((await replies).at(-1)).toBe('(closed)');
    await peer[Symbol.asyncDispose]();
  });

  test('follows a script of its own on each connection, from the message on that it names', async () => {
    const scripts: readonly RawScript[] = [
      { replies: { rcpt: '451 4.7.1 later' }, fromMessage: 2 },
      { replies: { mail: '421 4.7.0 slow down' } },
    ];
    await using relay = await startRawRelay({ script: (number) => scripts[number - 1] ?? {} });
    await using first = await dialogue(relay);
    const replies: string[] = [];
    for (const line of [...envelope, '.', ...envelope.slice(1)])
      replies.push(await first.say(line));
    expect(replies.slice(4)).toEqual([
      '250 2.0.0 Ok: queued',
      '250 2.1.0 Ok',
      '451 4.7.1 later',
      '554 5.5.1 No valid recipients',
    ]);
    await using second = await dialogue(relay);
    await second.say('EHLO client');
    expect(await second.say('MAIL FROM:<a@x.example>')).toBe('421 4.7.0 slow down');
    expect(await second.next()).toBe('(closed)');
  });

  test('has received a message before it answers it', async () => {
    const order: string[] = [];
    await using relay = await startRawRelay({
      async beforeReply(mail) {
        order.push(`received ${relay.received.length}, replied ${mail.replied}`);
      },
    });
    await using peer = await dialogue(relay, { greeting: false });
    await play(peer);
    order.push(`replied ${relay.received[0]?.replied}`);
    expect(order).toEqual(['received 1, replied false', 'replied true']);
  });
});
