import { expect, test } from '@jest/globals';
import { classifyReply } from '../../src/bounces/classify-reply.ts';
import { makeClassifier } from '../../src/bounces/classifier.ts';
import { ruleFiles } from '../../src/bounces/rules/all-rules.ts';
import { bounceClasses, type BounceClass } from '../../src/mail/bounce-class.ts';
import { parseSmtpReply } from '../../src/mail/smtp-reply.ts';
import { seededRandom } from '../support/seed.ts';

function classOf(raw: string): BounceClass {
  return classifyReply(parseSmtpReply(raw) ?? { text: raw }).class;
}

/** Replies whose codes say something else than their words. */
const traps: readonly (readonly [BounceClass, string])[] = [
  ['mailbox_full', '550 5.1.1 <jane@acme.example>: the mailbox is over its quota'],
  ['domain_unknown', '550 5.1.1 The domain acme.example was not found'],
  ['rate_limited', '550 5.1.1 <jane@acme.example> Too many messages from 192.0.2.7 this hour'],
  ['rate_limited', '550 5.1.1 <jane@acme.example> 192.0.2.7 sent too many this hour. IB607'],
  ['user_unknown', '550 5.7.1 No such user here'],
  ['relay_denied', '550 5.7.1 <jane@acme.example>: we do not relay'],
  ['spam_content', '550 5.7.1 The message looks like spam to us'],
  ['blocklisted', '550 5.7.1 Host 192.0.2.7 is on the block list of rbl.example'],
  ['auth_failed', '550 5.7.1 DMARC of acme.example does not pass'],
  ['ptr_missing', '550 5.7.1 192.0.2.7 has no reverse DNS'],
  ['content_rejected', '550 5.7.1 Attachments of this type are forbidden'],
  ['recipient_rate_limited', '550 5.2.1 The user receives mail at a rate that prevents more'],
  ['recipient_rate_limited', '450 4.2.1 The user is receiving mail too quickly'],
  ['mailbox_inactive', '550 5.2.1 The account of jane is disabled'],
  ['user_unknown', '550 5.2.1 Unknown user jane@acme.example'],
  ['rate_limited', '421 4.7.28 Your network sends mail at an unusual rate'],
  ['rate_limited', '452 4.5.3 Too many recipients'],
  ['sender_rejected', '550 5.1.0 <bounce@mail.example> sender rejected, see the AUP'],
  ['auth_failed', '550 5.7.509 Access denied, acme.example fails DMARC'],
  ['user_unknown', '550 5.4.1 Recipient address rejected: Access denied'],
  ['auth_failed', '421 4.7.26 Mail of acme.example is unauthenticated, see its DMARC policy'],
  ['greylisted', '550 5.7.1 You are greylisted, come back in a minute'],
  ['mailbox_full', '452 4.3.1 The mailbox of jane is full'],
  ['remote_system_full', '452 4.3.1 No space left on device'],
  ['user_unknown', '553 5.1.1 Bad destination mailbox address'],
  ['mailbox_full', '550 5.2.2 jane@acme.example'],
  ['message_too_large', '552 The mail is larger than our maximum size'],
  ['unknown', '550 Hm.'],
  ['unknown', '450 Hm.'],
];

test.each(traps)('%s: %s', (name, raw) => {
  expect(classOf(raw)).toBe(name);
});

test('the unknown is deferred or rejected by its digit and suppresses nobody', () => {
  expect(classifyReply({ code: 450, text: 'Hm.' })).toMatchObject({
    class: 'unknown',
    action: 'delayed',
    retry: 'std',
    suppress: false,
    confidence: 0,
    rule: 'first-digit',
  });
  expect(classifyReply({ code: 550, text: 'Hm.' })).toMatchObject({
    class: 'unknown',
    action: 'failed',
    retry: 'none',
    suppress: false,
  });
});

test('where the digits of the codes differ, 4 wins', () => {
  const text = 'User unknown';
  expect(classifyReply({ code: 550, enhancedCode: '5.1.1', text }).suppress).toBe(true);
  expect(classifyReply({ code: 550, enhancedCode: '4.1.1', text })).toMatchObject({
    class: 'user_unknown',
    suppress: false,
    retry: 'std',
  });
  expect(classifyReply({ code: 450, enhancedCode: '5.1.1', text }).suppress).toBe(false);
});

test('a text without any code counts as permanent only where its words are plain', () => {
  expect(classifyReply({ text: 'No such user here' }).suppress).toBe(true);
  expect(classifyReply({ text: 'Cannot deliver mail to this user' }).suppress).toBe(false);
});

test('the evidence is the words as they stand in the reply', () => {
  expect(
    classifyReply({ text: '550-5.1.1 We have NO   Such\r\n550 5.1.1 Üser here' }).evidence,
  ).toEqual({ code: 550, enhancedCode: '5.1.1', matched: 'NO   Such\r\n550 5.1.1 Üser' });
  expect(classifyReply({ text: '550 We know NO such\tUser, sorry' })).toMatchObject({
    rule: 'mailbox.no-such-user',
    evidence: { code: 550, matched: 'NO such\tUser' },
  });
});

test('confidence tells what a decision rests on', () => {
  const confidences = [
    classifyReply({ text: '550 5.1.1 See ?p=NoSuchUser - gsmtp' }),
    classifyReply({ text: '550 5.7.1 No such user' }),
    classifyReply({ text: '550 5.1.1 Hm.' }),
    classifyReply({ text: '550 Mailbox unavailable' }),
    classifyReply({ text: '550 5.7.1 Hm.' }),
    classifyReply({ text: '550 Hm.' }),
  ].map(({ confidence }) => confidence);
  expect(confidences).toEqual([0.95, 0.9, 0.8, 0.6, 0.4, 0]);
});

test('a provider may be told instead of named in the text', () => {
  const reply = { code: 421, enhancedCode: '4.7.30', text: 'Hm.' };
  expect(classifyReply({ ...reply, provider: 'gmail' }).class).toBe('auth_failed');
  expect(classifyReply(reply).class).toBe('tls_required');
});

test('addresses, quotes and words that say nothing do not decide', () => {
  expect(classOf('550 <spam-quota@virus.example> Hm.')).toBe('unknown');
  expect(classOf("550 The user doesn't exist")).toBe('user_unknown');
  expect(classOf('550 The user doesn\u2019t exist')).toBe('user_unknown');
  expect(classOf('550 The user doesn"t exist')).toBe('user_unknown');
  expect(classOf('550 5.1.1 To protect our users from spam, no such user')).toBe('user_unknown');
});

const words =
  'user mailbox unknown not found is full over quota blocked by the sender host domain spam rate too many try again'.split(
    ' ',
  );

/** Texts that are bad for engines that try again and again. */
const hostile: readonly (readonly [string, (length: number) => string])[] = [
  ['one word', (length) => 'user '.repeat(length / 5)],
  ['the beginning of many phrases', (length) => 'no such '.repeat(length / 8)],
  ['nested gaps', (length) => 'user is not x '.repeat(length / 14)],
  ['no space at all', (length) => 'quota'.repeat(length / 5)],
  ['only dots', (length) => '.'.repeat(length)],
  ['digits and dots', (length) => '5.1.'.repeat(length / 4)],
  ['addresses', (length) => '<a@b.example>'.repeat(length / 13)],
  ['quotes', (length) => `doesn't"`.repeat(length / 8)],
  ['ideographs', (length) => '\u7528\u6237\u4e0d'.repeat(length / 3)],
  [
    'all words',
    (length) =>
      words
        .join(' ')
        .repeat(Math.ceil(length / 100))
        .slice(0, length),
  ],
];

const engine = makeClassifier([], ruleFiles);

function workOf(text: string): number {
  engine.classify({ text });
  return engine.work();
}

test.each(hostile)('work grows with the text, not faster: %s', (_name, make) => {
  // Once before, for the first text makes states that the next ones find.
  workOf(make(8_000));
  const [one, four] = [workOf(make(2_000)), workOf(make(8_000))];
  expect(four).toBeLessThan(4.4 * one + 10_000);
  expect(four).toBeLessThan(8_000 * 400);
});

test.each(hostile)('the first sight of a text costs a bounded amount: %s', (_name, make) => {
  const fresh = `${make(4_000)} ${make(3_000)} the end`;
  expect(workOf(fresh)).toBeLessThan(fresh.length * 400 + 200_000);
});

test.each(hostile)('what is longer than the bound costs no more: %s', (_name, make) => {
  const text = make(100_000);
  workOf(text);
  expect(workOf(text)).toBe(workOf(text.slice(0, 8_192)));
});

test('random input never throws and always has a class of the list', () => {
  const random = seededRandom();
  for (let run = 0; run < 3_000; run += 1) {
    const length = random.integer(300);
    const text =
      run % 2 === 0
        ? String.fromCharCode(...Array.from({ length }, () => random.integer(65_536)))
        : Array.from({ length: length / 8 }, () => random.pick(words)).join(
            random.pick([' ', '\n', '. ', '-', '']),
          );
    const reply = {
      text,
      ...(run % 3 === 0 ? { code: random.integer(700) } : {}),
      ...(run % 5 === 0
        ? { enhancedCode: random.pick(['5.1.1', '', '9.9', '5.999.999', 'x']) }
        : {}),
    };
    const { class: name, confidence, rule } = classifyReply(reply);
    expect(bounceClasses).toContain(name);
    expect(confidence).toBeGreaterThanOrEqual(0);
    expect(confidence).toBeLessThanOrEqual(1);
    expect(rule).not.toBe('');
  }
});

test('what is no text at all is unknown', () => {
  for (const text of [undefined, null, 5, {}]) {
    expect(classifyReply({ text: text as unknown as string }).class).toBe('unknown');
  }
});

test('case, white space and line breaks do not change the class', () => {
  const random = seededRandom();
  const examples = ruleFiles.flatMap(({ rules }) => rules.flatMap((rule) => rule.examples));
  for (let run = 0; run < 1_000; run += 1) {
    const text = random.pick(examples);
    const other = text
      .split('')
      .map((letter) => (random.next() < 0.5 ? letter.toUpperCase() : letter.toLowerCase()))
      .join('')
      .replaceAll(' ', () => random.pick([' ', '  ', '\t', ' \r\n ']));
    // "ß" has two upper-case letters.
    if (other.length < text.length || /\u00df/i.test(text)) continue;
    expect([other, classifyReply({ text: other }).class]).toEqual([
      other,
      classifyReply({ text }).class,
    ]);
  }
});
