import { type QuotedReply, quotedReplies, refuses } from './quoted-replies.ts';

/*
 * Which of several quoted replies decided. Servers hand on what the next one said ("host a said: 550 host b
 * said: 452 …"): the deepest answer is the real one. In a transcript what follows the first refusal is
 * only its echo ("503 no valid recipients").
 */

/** A reply that decided. */
export interface DecidingReply extends QuotedReply {
  /** Whether it stands within another reply, whose own words then say less than nothing. */
  readonly isDeep: boolean;
  /** What the server said after the codes, its lines put together. */
  readonly text: string;
}

const textMax = 1_000;

/** The reply that decided, or undefined where none is quoted. */
export function decidingReply(text: string): DecidingReply | undefined {
  const replies = quotedReplies(text).filter(refuses);
  const start = startOfAnswer(text);
  const behind = replies.filter(({ at }) => at >= start);
  const chosen = [behind, replies].flatMap((list) => [
    list.find(({ code }) => code !== undefined),
    list[0],
  ]);
  const first = chosen.find((reply) => reply !== undefined);
  if (first === undefined) return undefined;
  const reply = deepest(text, first, replies);
  const behindText = reply.code === undefined && text[reply.at - 1] === '(';
  return {
    ...reply,
    isDeep: reply !== first,
    text: behindText ? textBefore(text, reply.at - 1) : textOf(text, reply),
  };
}

/** A reply with its codes, as it is shown. */
export function shownReply(reply: DecidingReply): string {
  return `${reply.codes} ${reply.text}`;
}

/** "a@b... Deferred: Connection refused ⏎ Message could not be delivered for 5 days": why it was deferred, else empty. */
export function deferralIn(text: string): string {
  const at = text.indexOf('... Deferred: ');
  return at === -1 ? '' : (text.slice(at + 14, at + 14 + textMax).split('\n', 1)[0] ?? '');
}

// Each of these only counts where none before it is found.
const introductions: readonly (readonly string[])[] = [
  [
    ' said: ',
    ' said:\n',
    ' responded: ',
    ' replied: ',
    'response was:',
    ' error was: ',
    " returned '",
  ],
  [' said ', ' responded with ', ' replied with ', ' returned: '],
];

/** Where the answer of the last server in a chain begins. */
function startOfAnswer(text: string): number {
  const transcript = text.startsWith('<<< ') ? 0 : text.indexOf('\n<<< ');
  // What begins with an answer goes on with those to others.
  if (transcript !== -1 && !/^\s{0,20}[45]\d\d[ -]/.test(text)) return transcript;
  for (const words of introductions) {
    const last = Math.max(...words.map((word) => text.lastIndexOf(word)));
    if (last !== -1) return last;
  }
  return 0;
}

/** "5.1.0 - Unknown address 550-'5.7.1 …'", "554 <a@b>... 550 Host unknown": the reply within a reply. */
function deepest(text: string, reply: QuotedReply, replies: readonly QuotedReply[]): QuotedReply {
  let deep = reply;
  for (const next of replies) {
    if (next.at <= deep.at || next.at - deep.at > 300) continue;
    const between = text.slice(deep.end, next.at);
    if (between.includes('\n\n')) break;
    const quoted =
      /['"]/.test(next.codes) || /^[ -]{0,3}['"]/.test(text.slice(next.end, next.end + 4));
    if (quoted || onlyAddress.test(between)) deep = next;
  }
  return deep;
}

const onlyAddress = /^[\s<>"'()-]{0,8}(?:[^\s<>]{1,250}>?)?\s{0,4}(?:\.\.\.|:)?\s{0,4}$/;

/** The lines of one reply as one: "550-5.1.1 No such\n550 5.1.1 user". */
function textOf(text: string, reply: QuotedReply): string {
  const parts: string[] = [];
  let continues = text[reply.at + 3] === '-';
  const lines = text.slice(reply.end, reply.end + textMax).split('\n');
  for (const [index, line] of lines.entries()) {
    const bare = line.replace(/^\s{0,20}<<<\s?/, '').trim();
    if (index > 0) {
      if (bare === '' || nextStep.test(bare)) break;
      const code = /^([245]\d\d)([ -]|$)/.exec(bare);
      if (code !== null) {
        if (!continues || code[1] !== String(reply.code)) break;
        continues = code[2] === '-';
      }
    }
    parts.push(bare);
  }
  return withoutRepeats(parts.join('\n')).slice(0, textMax);
}

/** "Sorry, there is no mailbox by that name. (#5.1.1)": some servers put the code last. */
function textBefore(text: string, end: number): string {
  const part = text.slice(Math.max(0, end - textMax / 2), end);
  const blank = part.lastIndexOf('\n\n');
  return withoutRepeats(blank === -1 ? part : part.slice(blank));
}

/** A line of a transcript that is no longer the reply before it. */
const nextStep = /^(?:>>>|-{3}|(?:In|Out): |(?:\.{3} )?while talking to)/i;

function withoutRepeats(text: string): string {
  return text
    .replace(
      /(?:^|[\s<])[245]\d\d(?:-|(?= [245]\.\d))(?: ?[245]\.\d{1,3}\.\d{1,3}(?: |(?=\n)))?/g,
      ' ',
    )
    .replace(/\s+/g, ' ')
    .trim();
}
