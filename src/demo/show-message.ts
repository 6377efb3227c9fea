import { readHeader } from '../history/intake/header-lines.ts';
import { headerNames } from '../mail/header-names.ts';
import type { DemoTerminal } from './demo-terminal.ts';
import { pad, wrap } from './layout.ts';
import type { RelayedMail } from './relay.ts';

/** One line of a message with the reason why it is as it is. */
export interface ExplainedField {
  readonly name: string;
  readonly value: string;
  readonly note: string;
}

/** What the demo shows of a message. */
export interface ExplainedMessage {
  /** What the servers say to each other (RFC 5321). */
  readonly envelope: readonly ExplainedField[];
  /** What stands in the message (RFC 5322), in its order. */
  readonly header: readonly ExplainedField[];
  /** The text, line by line. */
  readonly body: readonly string[];
}

/** Why each field is as it is, by its name. */
const notes: ReadonlyMap<string, string> = new Map([
  [headerNames.dkimSignature, 'the provider signs: these fields and the body are as it sent them'],
  [headerNames.from, 'the user: her name is what the contact sees'],
  [headerNames.sender, 'the provider: it transmits, and says so'],
  [headerNames.replyTo, 'answers go to the user'],
  [headerNames.to, 'the contact'],
  [headerNames.subject, ''],
  [headerNames.date, ''],
  [headerNames.messageId, 'the same on every attempt, so a repeated mail is seen to be one'],
  [headerNames.onbehalfReference, 'proves a copy of this mail to be our own, without a look-up'],
]);

/** Explains a message that a relay took: the envelope, and the fields that masking is about. */
export function explainMessage(mail: RelayedMail): ExplainedMessage {
  const { fields, bodyStart } = readHeader(mail.message);
  const known = new Map([...notes.keys()].map((name) => [name.toLowerCase(), name]));
  return {
    envelope: [
      {
        name: 'MAIL FROM',
        value: mail.mailFrom,
        note: 'the return path: bounces go to the provider, and its token names this send',
      },
      { name: 'RCPT TO', value: mail.rcptTo.join(', '), note: 'one recipient per transaction' },
    ],
    header: fields.flatMap(({ name: key, value }) => {
      const name = known.get(key);
      if (name === undefined) return [];
      const shown = name === headerNames.dkimSignature ? signatureInShort(value) : value;
      return [{ name, value: shown, note: notes.get(name) ?? '' }];
    }),
    body: mail.message.toString('utf8', bodyStart).trimEnd().split('\r\n'),
  };
}

/** The tags of a DKIM signature that people look at: algorithm, domain, selector, fields. */
function signatureInShort(value: string): string {
  const tags = new Map(
    value.split(';').map((tag): [string, string] => {
      const [name = '', ...rest] = tag.split('=');
      return [name.trim(), rest.join('=').replace(/\s+/g, '')];
    }),
  );
  const fields = new Set((tags.get('h') ?? '').toLowerCase().split(':'));
  const shown = ['a', 'd', 's'].map((name) => `${name}=${tags.get(name) ?? ''};`);
  return `${shown.join(' ')} h=(${fields.size} fields); b=${tags.get('b') ?? ''}`;
}

const nameWidth = 15;
const gap = 2;

/** Prints an explained message in two columns: what it says, and why. */
export function showMessage(
  message: ExplainedMessage,
  terminal: DemoTerminal,
  columns: number,
): void {
  const { bold, cyan, dim } = terminal.colors;
  const noteWidth = Math.max(26, Math.floor(columns * 0.36));
  const valueWidth = columns - 3 - nameWidth - gap - 3 - noteWidth;
  const rule = (label: string): void => {
    const left = `${label} ${'─'.repeat(nameWidth + gap + valueWidth - label.length - 1)}`;
    terminal.line(`   ${dim(`${left}─┬─${'─'.repeat(noteWidth)}`)}`);
  };
  const show = ({ name, value, note }: ExplainedField): void => {
    const noteLines = note === '' ? [] : wrap(note, noteWidth);
    const count = Math.max(1, noteLines.length);
    for (let row = 0; row < count; row += 1) {
      const left = row === 0 ? cyan(pad(name, nameWidth)) : ' '.repeat(nameWidth);
      const middle = pad(row === 0 ? value : '', valueWidth);
      const right = noteLines[row] ?? '';
      terminal.line(`   ${left}${' '.repeat(gap)}${middle} ${dim('│')} ${dim(right)}`.trimEnd());
    }
  };
  rule('envelope');
  message.envelope.forEach(show);
  rule('header');
  message.header.forEach(show);
  terminal.line(`   ${dim(`body ${'─'.repeat(columns - 8)}`)}`);
  for (const line of message.body) {
    for (const part of wrap(line, columns - 3)) terminal.line(`   ${bold(part)}`.trimEnd());
  }
}
