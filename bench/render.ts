/*
 * What it costs to compose and sign a mail: our renderer and signer against nodemailer's composer and
 * signer, on the same mails in the same run. The peer gets its key as its documentation has it, as PEM;
 * with --parsed-key it also gets one that is parsed before.
 *
 *   npm run bench:render [-- --json] [-- --parsed-key]
 */
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import DKIM from 'nodemailer/lib/dkim';
import MailComposer from 'nodemailer/lib/mail-composer';
import { assembleMessage } from '../src/headers/assemble-message.ts';
import { createDkimSigner } from '../src/headers/dkim-signer.ts';
import { renderMessage } from '../src/headers/render-message.ts';
import type { Mailbox } from '../src/mail/address.ts';
import { wholeText } from '../src/mail/body-text.ts';
import { compareCpu, type Work } from './cpu-rounds.ts';
import { benchMessages, type BenchMessage } from './messages.ts';

const rounds = 7;
const concurrency = 16;
const domain = 'crm.example';
const selector = 's1';
const key: KeyObject = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
const pem = key.export({ type: 'pkcs8', format: 'pem' }).toString();
const signer = createDkimSigner({ domain, selector, key });

/** Repeats a step, some of them at once, as a worker does. */
function repeated(step: () => Promise<unknown>): Work {
  return async (count) => {
    let left = count;
    const lane = async (): Promise<void> => {
      while (left > 0) {
        left -= 1;
        await step();
      }
    };
    await Promise.all(Array.from({ length: concurrency }, lane));
  };
}

type Step = () => Promise<Buffer>;

function ours({ message }: BenchMessage, isSigned: boolean): Step {
  return async () => {
    // Another content each time: what is kept of one for its other recipients would not be fair here.
    const rendered = renderMessage({ ...message, content: { ...message.content } });
    const fields = isSigned ? [await signer.sign(rendered, message.dateMs)] : [];
    return assembleMessage(rendered, fields);
  };
}

function composer({ message }: BenchMessage): MailComposer {
  const box = ({ name = '', address }: Mailbox) => ({ name, address });
  const { content } = message;
  return new MailComposer({
    from: box(content.from),
    sender: box(message.sender),
    to: content.to.map(box),
    subject: content.subject,
    ...(content.text === undefined ? {} : { text: wholeText(content.text) }),
    ...(content.html === undefined ? {} : { html: wholeText(content.html) }),
    date: new Date(message.dateMs),
    messageId: `<${message.messageId}@${message.messageIdHost}>`,
    headers: { 'X-Onbehalf-Ref': message.reference ?? '' },
    attachments: content.attachments.map((file) => ({
      filename: file.filename,
      contentType: file.contentType,
      contentDisposition: file.disposition,
      content: Buffer.from(file.content.buffer),
      ...(file.contentId === undefined ? {} : { cid: file.contentId }),
    })),
  });
}

function peer(mail: BenchMessage, privateKey: string | KeyObject | undefined): Step {
  if (privateKey === undefined) return () => composer(mail).compile().build();
  const dkim = new DKIM({
    domainName: domain,
    keySelector: selector,
    // Node signs with a parsed key as well, whatever the option's type says.
    privateKey: privateKey as string,
  });
  return () => buffer(dkim.sign(composer(mail).compile().createReadStream()));
}

/** All steps in turn, as one. */
function inTurn(steps: readonly Step[]): Step {
  let next = 0;
  return () => {
    const step = steps[next % steps.length];
    next += 1;
    return step === undefined ? Promise.resolve(Buffer.alloc(0)) : step();
  };
}

const ways = [
  { name: 'signed', isSigned: true, key: pem, count: 200 },
  { name: 'unsigned', isSigned: false, key: undefined, count: 600 },
  ...(process.argv.includes('--parsed-key')
    ? [{ name: 'signed, key parsed before', isSigned: true, key, count: 200 }]
    : []),
];
const subjects = [
  { name: 'all', mails: benchMessages },
  ...benchMessages.map((mail) => ({ name: mail.name, mails: [mail] })),
];

for (const mail of benchMessages) {
  const bytes = [await ours(mail, true)(), await peer(mail, pem)()];
  if (!bytes.every((each) => each.includes('DKIM-Signature:'))) throw new Error('unsigned mail');
}

const rows: { name: string; ours: number; peer: number; ratio: number }[] = [];
for (const { name, mails } of subjects) {
  for (const way of ways) {
    const { oursMicros, peerMicros, ratio } = await compareCpu(
      repeated(inTurn(mails.map((mail) => ours(mail, way.isSigned)))),
      repeated(inTurn(mails.map((mail) => peer(mail, way.key)))),
      rounds,
      way.count,
    );
    rows.push({
      name: `${way.name}: ${name}`,
      ours: Math.round(oursMicros),
      peer: Math.round(peerMicros),
      ratio: Number(ratio.toFixed(2)),
    });
  }
}

if (process.argv.includes('--json')) {
  process.stdout.write(`${JSON.stringify(rows)}\n`);
} else {
  const line = (name: string, cells: readonly string[]): string =>
    `${name.padEnd(56)}${cells.map((cell) => cell.padStart(10)).join('')}\n`;
  process.stdout.write(line('µs of CPU a mail', ['ours', 'peer', 'ratio']));
  for (const row of rows) {
    process.stdout.write(
      line(row.name, [`${row.ours}`, `${row.peer}`, `${row.ratio.toFixed(1)} ×`]),
    );
  }
}
