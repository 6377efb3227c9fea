import { describe, expect, test } from '@jest/globals';
import { bob, leaver } from '../../src/demo/cast.ts';
import { demoAnswers } from '../../src/demo/demo-answers.ts';
import { demoMails, recipientCount, sendCountMax } from '../../src/demo/demo-mails.ts';
import { ownMail } from '../../src/demo/own-mail.ts';
import type { RelayAnswer } from '../../src/demo/relay.ts';
import { checkSend } from '../../src/producer/check-send.ts';
import '../support/leftovers.ts';

const now = Date.UTC(2026, 10, 23);

describe('demoMails', () => {
  test.each([10, 11, 12, 57, 300, 1001])('makes exactly %i sends', (count) => {
    const mails = demoMails(count, now);
    expect(mails.reduce((sum, mail) => sum + recipientCount(mail), 0)).toBe(count);
    // A recipient named twice in one mail would be one send only.
    const taken = mails.map((mail) => checkSend(mail, 15 * 2 ** 20).recipients.length);
    expect(taken).toEqual(mails.map(recipientCount));
  });

  test('has more sends than messages, some with HTML, some to nobody', () => {
    const mails = demoMails(300, now);
    expect(mails.length).toBeLessThan(290);
    expect(mails.filter((mail) => mail.html !== undefined).length).toBeGreaterThan(50);
    expect(mails.filter((mail) => JSON.stringify(mail.to).includes('unknown')).length).toBe(4);
    expect(new Set(mails.map((mail) => JSON.stringify(mail.to))).size).toBeGreaterThan(200);
  });

  test.each([9, 10.5, Number.NaN, sendCountMax + 1])('refuses %d sends', (count) => {
    expect(() => demoMails(count, now)).toThrow('must be a whole number from 10 to 20000');
  });
});

describe('demoAnswers', () => {
  const ask = async (recipient: string, message: string): Promise<readonly RelayAnswer[]> => {
    const answers = demoAnswers(300);
    const session = { connection: 1, mailFrom: 'b@bounce.example', rcptTo: [recipient] };
    return Promise.all([
      answers('rcpt', { ...session, recipient }),
      answers('data', { ...session, message: Buffer.from(message) }),
    ]);
  };

  test('puts Bob off, refuses who has left', async () => {
    expect((await ask(bob.address, ''))[0]).toMatchObject({ kind: 'refuse', code: 451 });
    expect((await ask(leaver, ''))[0]).toMatchObject({ kind: 'refuse', code: 550 });
  });

  test('refuses archives, and nothing else that is attached', async () => {
    const archive = 'Content-Disposition: attachment; filename="price-list.csv.gz"\r\n\r\nH4sI';
    expect((await ask(bob.address, archive))[1]).toMatchObject({ kind: 'refuse', code: 554 });
    expect((await ask(bob.address, ownMail(0)))[1]).toEqual({ kind: 'accept' });
    const mention = 'Subject: price-list.csv.gz\r\n\r\nthe file price-list.csv.gz is gone';
    expect((await ask(bob.address, mention))[1]).toEqual({ kind: 'accept' });
  });
});
