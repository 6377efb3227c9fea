import { describe, expect, test } from '@jest/globals';
import { createTransport } from 'nodemailer';
import { realWorldAnswers } from '../../src/demo/real-world.ts';
import { relaySizeBytes, startRelay } from '../../src/demo/relay.ts';
import type { Relay } from '../../src/demo/relay.ts';
import { dialogue } from '../support/dialogue.ts';
import '../support/leftovers.ts';

const transaction = (recipient: string): readonly string[] => [
  'MAIL FROM:<b+token@bounce.example>',
  `RCPT TO:<${recipient}>`,
];

describe('startRelay', () => {
  test('keeps what it accepts, byte for byte', async () => {
    await using relay = await startRelay({ clock: clockAt(1234) });
    await using peer = await dialogue(relay);
    expect(await peer.say('EHLO client.example')).toContain(`SIZE ${relaySizeBytes}`);
    for (const line of transaction('carl@contact.example')) {
      expect(await peer.say(line)).toMatch(/^250 /);
    }
    expect(await peer.say('DATA')).toMatch(/^354 /);
    expect(await peer.say('Subject: x\r\n\r\n..dot\r\nend\r\n.')).toBe('250 2.0.0 Ok: queued');
    await relay.waitFor((accepted) => accepted.length === 1);
    expect(relay.accepted).toEqual([
      {
        mailFrom: 'b+token@bounce.example',
        rcptTo: ['carl@contact.example'],
        message: Buffer.from('Subject: x\r\n\r\n.dot\r\nend\r\n'),
        at: 1234,
        connection: 1,
      },
    ]);
    expect(Object.fromEntries(relay.answers)).toEqual({
      'connect 220': 1,
      'mail 250': 1,
      'rcpt 250': 1,
      'data 250': 1,
    });
  });

  test('gives the answers of its script at every stage', async () => {
    const refused = { kind: 'refuse', code: 450, text: '4.2.0 not now' } as const;
    const order = ['connect', 'mail', 'rcpt', 'data'] as const;
    for (const refusedStage of order) {
      await using relay = await startRelay({
        answer: (stage) => (stage === refusedStage ? refused : { kind: 'accept' }),
      });
      await using peer = await dialogue(relay, { greeting: false });
      const replies = [await peer.next()];
      if (refusedStage !== 'connect') {
        await peer.say('EHLO client.example');
        for (const line of transaction('carl@contact.example')) replies.push(await peer.say(line));
        if (refusedStage === 'data') {
          await peer.say('DATA');
          replies.push(await peer.say('Subject: x\r\n\r\nbody\r\n.'));
        }
      }
      expect(replies[order.indexOf(refusedStage)]).toBe('450 4.2.0 not now');
      expect(relay.answers.get(`${refusedStage} 450`)).toBe(1);
      expect(relay.accepted).toEqual([]);
    }
  });

  test('tells the script sender, recipient and message', async () => {
    const seen: unknown[] = [];
    await using relay = await startRelay({
      answer: (stage, { connection, mailFrom, rcptTo, recipient, message }) => {
        seen.push([stage, connection, mailFrom, rcptTo, recipient, message?.toString()]);
        return { kind: 'accept' };
      },
    });
    await using peer = await dialogue(relay);
    await peer.say('EHLO client.example');
    for (const line of transaction('carl@contact.example')) await peer.say(line);
    await peer.say('DATA');
    await peer.say('body\r\n.');
    const from = 'b+token@bounce.example';
    const to = 'carl@contact.example';
    expect(seen).toEqual([
      ['connect', 1, '', [], undefined, undefined],
      ['mail', 1, from, [], undefined, undefined],
      ['rcpt', 1, from, [], to, undefined],
      ['data', 1, from, [to], undefined, 'body\r\n'],
    ]);
  });

  test('a script that throws answers 451', async () => {
    await using relay = await startRelay({
      answer: (stage) => {
        if (stage === 'mail') throw new Error('disk full');
        return { kind: 'accept' };
      },
    });
    await using peer = await dialogue(relay);
    await peer.say('EHLO client.example');
    expect(await peer.say('MAIL FROM:<>')).toBe('451 4.3.0 disk full');
  });

  test('stops at once although sessions are open, and rejects who still waits', async () => {
    const relay = await startRelay();
    await using peer = await dialogue(relay);
    const waiting = relay.waitFor((accepted) => accepted.length > 0);
    await Promise.all([
      expect(waiting).rejects.toThrow('stopped after 0 accepted mails'),
      relay.stop(),
      relay.stop(),
    ]);
    expect(await peer.next()).toBe('(closed)');
  });

  test('offers STARTTLS and AUTH, and serves clients that log in alone', async () => {
    await using relay = await startRelay({
      startTls: true,
      auth: { user: 'onbehalf', password: 'secret' },
    });
    const send = async (password: string): Promise<unknown> => {
      const transport = createTransport({
        host: relay.host,
        port: relay.port,
        requireTLS: true,
        tls: { rejectUnauthorized: false },
        auth: { user: 'onbehalf', pass: password },
      });
      try {
        return await transport.sendMail({ from: 'a@x.example', to: 'b@y.example', text: 'hello' });
      } finally {
        transport.close();
      }
    };
    await expect(send('wrong')).rejects.toMatchObject({ code: 'EAUTH', responseCode: 535 });
    await send('secret');
    expect(relay.accepted.map((mail) => mail.rcptTo)).toEqual([['b@y.example']]);
    await using stranger = await dialogue(relay);
    await stranger.say('EHLO client.example');
    expect(await stranger.say('MAIL FROM:<a@x.example>')).toMatch(/^530 /);
  });
});

describe('realWorldAnswers', () => {
  test('greylists until the time has passed', async () => {
    const clock = clockAt(0);
    await using relay = await startRelay({
      answer: realWorldAnswers({ seed: 1, clock, greylistShare: 1, greylistMs: 2_000 }),
    });
    await using peer = await dialogue(relay);
    await peer.say('EHLO client.example');
    const attempt = async (): Promise<string> => {
      await peer.say('RSET');
      await peer.say('MAIL FROM:<b@bounce.example>');
      return peer.say('RCPT TO:<carl@contact.example>');
    };
    const refusal = '451 4.7.1 Greylisted, please try again in 2 seconds';
    expect(await attempt()).toBe(refusal);
    clock.setTo(1_999);
    expect(await attempt()).toBe(refusal);
    clock.setTo(2_000);
    expect(await attempt()).toBe('250 Accepted');
  });

  test('greylists the wanted share, the same recipients for the same seed', async () => {
    const chosen = async (seed: number): Promise<readonly string[]> => {
      const script = realWorldAnswers({ seed, clock: clockAt(0), greylistShare: 0.1 });
      const recipients = Array.from({ length: 2000 }, (_, i) => `contact${i}@contact.example`);
      const answers = await Promise.all(
        recipients.map(async (recipient) =>
          script('rcpt', { connection: 1, mailFrom: '', rcptTo: [], recipient }),
        ),
      );
      return recipients.filter((_, i) => answers[i]?.kind === 'refuse');
    };
    const first = await chosen(7);
    expect(first.length).toBeGreaterThan(140);
    expect(first.length).toBeLessThan(260);
    expect(await chosen(7)).toEqual(first);
    expect(await chosen(8)).not.toEqual(first);
  });

  test('refuses unknown users', async () => {
    await using relay = await startRelay({
      answer: realWorldAnswers({ seed: 1, greylistShare: 0 }),
    });
    await using peer = await dialogue(relay);
    await peer.say('EHLO client.example');
    await peer.say('MAIL FROM:<b@bounce.example>');
    expect(await peer.say('RCPT TO:<unknown.person@contact.example>')).toBe(
      '550 5.1.1 <unknown.person@contact.example> User unknown',
    );
    expect(await peer.say('RCPT TO:<carl@contact.example>')).toBe('250 Accepted');
  });

  test('throttles once, and ends that session', async () => {
    await using relay = await startRelay({
      answer: realWorldAnswers({ seed: 1, greylistShare: 0, throttledMail: 2 }),
    });
    const mailReplies = async (target: Relay): Promise<readonly string[]> => {
      await using peer = await dialogue(target);
      await peer.say('EHLO client.example');
      const replies = [await peer.say('MAIL FROM:<b@bounce.example>')];
      await peer.say('RSET');
      replies.push(await peer.say('MAIL FROM:<b@bounce.example>'));
      if (replies[1]?.startsWith('421')) replies.push(await peer.next());
      return replies;
    };
    expect(await mailReplies(relay)).toEqual([
      '250 Accepted',
      '421 4.7.0 Maximum sending rate exceeded, try again in 1 second',
      '(closed)',
    ]);
    expect(await mailReplies(relay)).toEqual(['250 Accepted', '250 Accepted']);
    expect(relay.answers.get('mail 421')).toBe(1);
  });
});

function clockAt(start: number) {
  let now = start;
  return {
    now: () => now,
    sleep: () => Promise.reject(new Error('the relay does not sleep')),
    setTo(time: number) {
      now = time;
    },
  };
}
