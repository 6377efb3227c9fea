/*
 * Replies of servers as notices quote them: "550 5.1.1 …", "said: 554-5.7.1 …", "#5.2.2 SMTP; 552 …".
 */

/** The codes of a reply in a text, and where they stand. */
export interface QuotedReply {
  readonly code?: number;
  readonly enhancedCode?: string;
  /** The codes as they stand. */
  readonly codes: string;
  readonly at: number;
  readonly end: number;
}

const codes =
  /(?<![\w.:/@+-])(?:([245]\d\d)(?:(?=[ \-:,;)\]#(]|$)[ \t\n:#('"-]{0,4}#?([245]\.\d{1,3}\.\d{1,3})?)|#?([245]\.\d{1,3}\.\d{1,3}))(?!\.?[\d@])(?![A-Za-z])/g;

const repliesMax = 60;

/** Every reply code in a text, in order. */
export function quotedReplies(text: string): QuotedReply[] {
  const found: QuotedReply[] = [];
  for (const match of text.matchAll(codes)) {
    if (found.length >= repliesMax) break;
    const [whole, code, afterCode, alone] = match;
    const enhancedCode = afterCode ?? alone;
    found.push({
      ...(code === undefined ? {} : { code: Number(code) }),
      ...(enhancedCode === undefined ? {} : { enhancedCode }),
      codes: whole.trimEnd(),
      at: match.index,
      end: match.index + whole.length,
    });
  }
  return found;
}

/** Whether a reply refuses: 4xx or 5xx. */
export function refuses(reply: QuotedReply): boolean {
  return (reply.code ?? 0) >= 400 || /^[45]/.test(reply.enhancedCode ?? '');
}
