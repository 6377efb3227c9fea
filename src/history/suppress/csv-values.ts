import { isSuppressionReason } from '../../queue/suppression-reasons.ts';
import { plain } from './csv-columns.ts';

/** What services write where somebody complained or unsubscribed, or where somebody put it by hand. */
const wordsOf: Readonly<Record<string, readonly string[]>> = {
  complaint: [
    'complaint',
    'complaints',
    'complained',
    'spamcomplaint',
    'spamcomplaints',
    'spamreport',
    'spamreports',
    'spam',
    'abuse',
    'abusereport',
    'reportedasspam',
    'markedasspam',
  ],
  unsubscribed: [
    'unsubscribe',
    'unsubscribes',
    'unsubscribed',
    'unsub',
    'optout',
    'optedout',
    'listunsubscribe',
    'globalunsubscribe',
    'groupunsubscribe',
    'unsubscribedbyuser',
  ],
  manual: ['manual', 'manualsuppression', 'manuallyadded', 'manuallydeactivated', 'manualadd'],
};
const reasons = new Map(
  Object.entries(wordsOf).flatMap(([reason, words]) => words.map((word) => [word, reason])),
);

/**
 * The reason that a cell tells: a word of ours, or one that services use. Undefined for anything else,
 * "bounce" too, which tells no class.
 */
export function reasonOfCell(cell: string): string | undefined {
  const text = cell.trim();
  return isSuppressionReason(text) ? text : reasons.get(plain(text));
}

const goodWords = new Set([
  'active',
  'subscribed',
  'subscriber',
  'optin',
  'optedin',
  'confirmed',
  'valid',
  'ok',
  'enabled',
  'delivered',
  'sent',
  'opened',
  'clicked',
  'deliverable',
  'accepted',
]);

/** Whether a cell says that the address is in order: a file of contacts is no list of suppressions. */
export function saysInOrder(cell: string): boolean {
  return goodWords.has(plain(cell));
}

const isoTime =
  /^(\d{4})[-/](\d{2})[-/](\d{2})(?:[T ]+(\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?)? ?(Z|UTC|GMT|[+-]\d{2}:?\d{2})?$/i;
const mailTime = /^(?:[A-Z][a-z]{2}, )?\d{1,2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}/;

/**
 * A time as services write it, in ms since 1970: seconds or milliseconds since 1970, ISO 8601 and its
 * relatives (UTC where no zone stands), or as in mails. Undefined for anything else: of 3/4/2026 nobody
 * knows the month.
 */
export function timeOfCell(cell: string): number | undefined {
  const text = cell.trim();
  if (/^\d{9,10}(?:\.\d+)?$/.test(text)) return Math.floor(Number(text) * 1000);
  if (/^\d{12,13}$/.test(text)) return Number(text);
  const iso = isoTime.exec(text);
  if (iso !== null) {
    const [, year, month, day, hour = '00', minute = '00', second = '00', part = '', zone = 'Z'] =
      iso;
    const offset = /^[+-]/.test(zone) ? `${zone.slice(0, 3)}:${zone.slice(-2)}` : 'Z';
    return valid(
      Date.parse(
        `${year}-${month}-${day}T${hour}:${minute}:${second}.${part.padEnd(3, '0').slice(0, 3)}${offset}`,
      ),
    );
  }
  return mailTime.test(text) ? valid(Date.parse(text)) : undefined;
}

function valid(time: number): number | undefined {
  return Number.isNaN(time) || time < 0 ? undefined : time;
}

/**
 * A cell that no spreadsheet takes for a formula: one that begins with = + - @ or a control character
 * gets an apostrophe in front, and so does one that already has apostrophes before such a sign, so that
 * {@link unescapedCell} gives back each cell as it was.
 */
export function escapedCell(cell: string): string {
  return /^'*[=+\-@\t\r\n]/.test(cell) ? `'${cell}` : cell;
}

/** A cell as it was before {@link escapedCell}. */
export function unescapedCell(cell: string): string {
  return /^'+[=+\-@\t\r\n]/.test(cell) ? cell.slice(1) : cell;
}
