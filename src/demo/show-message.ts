import { readHeader } from '../history/intake/header-lines.ts';
import { headerNames } from '../mail/header-names.ts';
import type { DemoTerminal } from './demo-terminal.ts';
import { pad, shorten, wrap } from './layout.ts';
import type { RelayedMail } from './relay.ts';

/** One line of a message with the reason why it is as it is. */
interface ExplainedField {
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
  [headerNames.dkimSignature, 'the provider signs what it sent: fields and body'],
  [headerNames.from, 'the user: her name is what the contact sees'],
  [headerNames.sender, 'the provider: it transmits, and says so (RFC 5322 §3.6.2)'],
  [headerNames.replyTo, 'answers go to the user'],
  [headerNames.to, 'the contact'],
  [headerNames.subject, ''],
  [headerNames.date, ''],
  [headerNames.messageId, 'the same on every attempt'],
  [headerNames.onbehalfReference, 'tells a copy of this mail that comes back to us'],
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
        note: 'return path: bounces tell the provider which send failed',
      },
      {
        name: 'RCPT TO',
        value: mail.rcptTo.join(', '),
        note: 'one recipient per transaction, so one answer for each',
      },
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
  return `${shown.join(' ')} h=${fields.size} fields; …`;
}

const indent = ' '.repeat(3);
const nameWidth = 16;
/** From this width on there is a margin for the notes; below it they stand under their fields. */
const marginColumnsMin = 104;

/** Prints an explained message: what it says, and in the margin or underneath, why. */
export function showMessage(
  message: ExplainedMessage,
  terminal: DemoTerminal,
  columns: number,
): void {
  const { dim } = terminal.colors;
  const rule = (label: string): void => {
    const line = '─'.repeat(columns - indent.length - label.length - 1);
    terminal.line(`${indent}${dim(`${label} ${line}`)}`);
  };
  const show = columns < marginColumnsMin ? showAbove : showBeside;
  rule('envelope');
  for (const field of message.envelope) show(field, terminal, columns);
  rule('header');
  for (const field of message.header) show(field, terminal, columns);
  rule('body');
  for (const line of message.body) {
    for (const part of wrap(line, columns - indent.length)) {
      terminal.line(`${indent}${part}`.trimEnd());
    }
  }
}

function showAbove(field: ExplainedField, terminal: DemoTerminal, columns: number): void {
  const { colors } = terminal;
  const room = columns - indent.length - nameWidth;
  terminal.line(`${indent}${colors.cyan(pad(field.name, nameWidth))}${shorten(field.value, room)}`);
  if (field.note === '') return;
  wrap(field.note, room - 2).forEach((part, row) => {
    const mark = row === 0 ? '↑' : ' ';
    terminal.line(`${indent}${' '.repeat(nameWidth)}${colors.dim(`${mark} ${part}`)}`);
  });
}

function showBeside(field: ExplainedField, terminal: DemoTerminal, columns: number): void {
  const { colors } = terminal;
  const noteWidth = Math.floor(columns * 0.37);
  const room = columns - indent.length - nameWidth - 2 - noteWidth;
  const notes = field.note === '' ? [''] : wrap(field.note, noteWidth);
  notes.forEach((part, row) => {
    const name = colors.cyan(pad(row === 0 ? field.name : '', nameWidth));
    const value = pad(row === 0 ? field.value : '', room);
    terminal.line(`${indent}${name}${value}  ${colors.dim(part)}`.trimEnd());
  });
}
