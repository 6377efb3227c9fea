import { type QuotedReply, quotedReplies, refuses } from './quoted-replies.ts';

/*
 * Which of several quoted replies decided. Servers hand on what the next one said ("host a said: 550 host b
 * said: 452 …"): the deepest answer is the real one. In a transcript what follows the first refusal is
 * only its echo ("503 no valid recipients").
 */

/** The reply that decided, with its lines put together; undefined where none is quoted. */
export function decidingReply(text: string): QuotedReply | undefined {
  const said = lastOf(text, [
    ' said:',
    ' said ',
    ' responded',
    ' replied',
    'response was:',
    '\n<<< ',
  ]);
  const replies = quotedReplies(text).filter(refuses);
  const reply = replies.find(({ at }) => at >= said) ?? replies[0];
  if (reply === undefined) return undefined;
  return { ...reply, text: withoutRepeats(reply.text) };
}

function lastOf(text: string, words: readonly string[]): number {
  const [transcript] = words.slice(-1);
  if (transcript !== undefined && text.includes(transcript)) return text.indexOf(transcript);
  return Math.max(0, ...words.map((word) => text.lastIndexOf(word)));
}

/** One sentence of "550-5.1.1 No such\n550 5.1.1 user", up to the end of the paragraph. */
function withoutRepeats(text: string): string {
  const blank = text.search(/\n[ \t]{0,40}\n/);
  return (blank === -1 ? text : text.slice(0, blank))
    .replace(
      /(?:^|[\s<])[245]\d\d(?:-|(?= [245]\.\d))(?: ?[245]\.\d{1,3}\.\d{1,3}(?: |(?=\n)))?/g,
      ' ',
    )
    .replace(/\s+/g, ' ')
    .trim();
}

/** A reply with its codes, as it is shown. */
export function shownReply(reply: QuotedReply): string {
  return `${reply.codes} ${reply.text}`;
}
