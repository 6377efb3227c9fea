/**
 * The mails that the demo sends: first those of its story, then ordinary ones until there are as
 * many sends as wanted. They depend on nothing but their arguments. A mail with somebody in Cc
 * is one message and several sends.
 *
 * The story, for Bob: a quote, which his mail server greylists; a visit that another user
 * proposes, in Cc a colleague of his who has left; a price list in an archive, which his
 * server refuses.
 */
import { gzipSync } from 'node:zlib';
import { OnbehalfError } from '../runtime/errors.ts';
import type { MailboxInput, SendInput } from '../producer/index.ts';
import { bob, jane, leaver, tom, users } from './cast.ts';
import { wrap } from './layout.ts';
import { companies, firstNames, lastNames, mailTexts } from './mail-texts.ts';

/** Fewest sends a demo can have: those of the story, and some beside it. */
export const sendCountMin = 10;
/** Most sends a demo can have. */
export const sendCountMax = 20_000;

/** Subject of the message that the demo shows. */
export const shownSubject = 'Your quote for 40 chairs';

/** When the later mails of the story go out: Bob's server has got to know us by then. */
const visitDelayMs = 3_600;
const priceListDelayMs = 4_200;

/** The price list that Jane sends twice: as an archive, and later as it is. */
export const priceList = 'chair,price\nOslo,89.00\nBergen,112.50\nTromsø,139.00\n';

/**
 * The demo's mails, with exactly this many recipients in all.
 *
 * @param now ms since 1970
 * @throws OnbehalfError `INVALID_INPUT` for a count outside its limits
 */
export function demoMails(sendCount: number, now: number): readonly SendInput[] {
  checkSendCount(sendCount);
  const mails: SendInput[] = [...storyMails(now)];
  let open = sendCount - mails.reduce((sum, mail) => sum + recipientCount(mail), 0);
  for (let index = 0; open > 0; index += 1) {
    const mail = ordinaryMail(index, open);
    mails.push(mail);
    open -= recipientCount(mail);
  }
  return mails;
}

/**
 * Refuses a number of sends that a demo cannot have.
 *
 * @throws OnbehalfError `INVALID_INPUT`
 */
export function checkSendCount(sendCount: number): void {
  if (!Number.isInteger(sendCount) || sendCount < sendCountMin || sendCount > sendCountMax) {
    throw new OnbehalfError(
      'INVALID_INPUT',
      `the number of sends must be a whole number from ${sendCountMin} to ${sendCountMax}`,
    );
  }
}

/** How many sends a mail becomes. */
export function recipientCount(mail: SendInput): number {
  return [mail.to ?? [], mail.cc ?? [], mail.bcc ?? []].flat().length;
}

function storyMails(now: number): readonly SendInput[] {
  return [
    {
      from: jane,
      to: bob,
      subject: shownSubject,
      text: greeted('Bob', jane.name, [
        'thank you for your call. 40 chairs of the series "Oslo" come to 3,560 euros, delivery included.',
        'The quote is good until the end of the month. Just answer this mail if you have questions.',
      ]),
      metadata: { deal: '4711' },
    },
    {
      from: tom,
      to: bob,
      cc: leaver,
      subject: 'Shall I come by on Thursday?',
      text: greeted('Bob', tom.name, [
        'I am in your part of town on Thursday and could bring two chairs to try.',
        'Would ten o’clock suit you?',
      ]),
      sendAt: now + visitDelayMs,
    },
    {
      from: jane,
      to: bob,
      subject: 'Our price list',
      text: greeted('Bob', jane.name, ['here are the prices of the other series.']),
      attachments: [
        {
          filename: 'price-list.csv.gz',
          content: gzipSync(priceList),
          contentType: 'application/gzip',
        },
      ],
      sendAt: now + priceListDelayMs,
    },
  ];
}

function ordinaryMail(index: number, recipientsMax: number): SendInput {
  const from = pick(users, index);
  const { first, company, mailbox } = contact(index);
  const { subject, text, html } = pick(mailTexts, index + Math.floor(index / mailTexts.length));
  const fill = (pattern: string): string =>
    pattern.replaceAll('{first}', first).replaceAll('{company}', company);
  const paragraphs = text.map(fill);
  const copied = index % 14 === 5 && recipientsMax > 1 ? [contact(index + 7_000).mailbox] : [];
  return {
    from,
    // Now and then an address is out of date, as in every address book.
    to: index % 70 === 40 ? `unknown.person${index}@${company.toLowerCase()}.example` : mailbox,
    ...(copied.length === 0 ? {} : { cc: copied }),
    subject: fill(subject),
    text: greeted(first, from.name, paragraphs),
    ...(html ? { html: htmlOf(first, from.name, paragraphs) } : {}),
  };
}

function contact(index: number): {
  readonly first: string;
  readonly company: string;
  readonly mailbox: MailboxInput;
} {
  const first = pick(firstNames, index);
  const last = pick(lastNames, index + Math.floor(index / firstNames.length));
  const company = pick(companies, index * 3 + Math.floor(index / 120));
  const local = `${first}.${last}`.toLowerCase().replaceAll('ø', 'o').normalize('NFD');
  const address = `${local.replace(/[^a-z.]/g, '')}@${company.toLowerCase()}.example`;
  return { first, company, mailbox: { name: `${first} ${last}`, address } };
}

/** A whole text, with lines as short as mail programs make them. */
function greeted(first: string, user: string, paragraphs: readonly string[]): string {
  const body = paragraphs.map((paragraph) => wrap(paragraph, 72).join('\n'));
  return [`Hello ${first},`, ...body, `Best regards\n${user}`].join('\n\n');
}

function htmlOf(first: string, user: string, paragraphs: readonly string[]): string {
  const all = [`Hello ${first},`, ...paragraphs, `Best regards<br>${user}`];
  return all.map((paragraph) => `<p>${paragraph}</p>`).join('\n');
}

function pick<Item>(items: readonly Item[], index: number): Item {
  const item = items[index % items.length];
  if (item === undefined) throw new RangeError('nothing to pick from');
  return item;
}
