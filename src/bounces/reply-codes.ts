/** The codes of a reply. */
export interface ReplyCodes {
  readonly code?: number;
  readonly enhancedCode?: string;
}

const codeAtStart = /^\s*([45]\d\d)(?=[\s#:-]|$)/;
/** A code that somebody quotes: "said: 550 …", "ERROR_CODE :550". */
const codeQuoted =
  /(?:\b(?:said|response|error|code|server|returned|reply|smtp)\b\W{0,4}|[<(#"']|-> ?)([45]\d\d)(?=[\s-])/i;
const enhanced = /(?:^|[\s#(:<"'[-])([245]\.\d{1,3}\.\d{1,3})(?![\w]|\.\d)/;

/** The codes of a reply, as far as they are given or stand in the text; the first of each kind. */
export function codesOf(given: ReplyCodes, text: string): ReplyCodes {
  const code = isReplyCode(given.code) ? given.code : codeIn(text);
  const enhancedCode = isEnhancedCode(given.enhancedCode)
    ? given.enhancedCode
    : enhanced.exec(text)?.[1];
  return {
    ...(code === undefined ? {} : { code }),
    ...(enhancedCode === undefined ? {} : { enhancedCode }),
  };
}

function isReplyCode(code: unknown): code is number {
  return typeof code === 'number' && Number.isInteger(code) && code >= 200 && code <= 599;
}

function isEnhancedCode(code: unknown): code is string {
  return typeof code === 'string' && /^[245]\.\d{1,3}\.\d{1,3}$/.test(code);
}

function codeIn(text: string): number | undefined {
  const found = (codeAtStart.exec(text) ?? codeQuoted.exec(text))?.[1];
  return found === undefined ? undefined : Number(found);
}

/**
 * The first digit that decides about retry and suppression. Where reply code and enhanced code differ
 * ("550 4.2.2"), 4 wins: another try costs little, a contact that was suppressed for nothing is lost.
 * Undefined where there is no code.
 */
export function firstDigitOf({ code, enhancedCode }: ReplyCodes): 4 | 5 | undefined {
  const digits = [
    code === undefined ? undefined : Math.floor(code / 100),
    enhancedCode === undefined ? undefined : Number(enhancedCode.slice(0, 1)),
  ];
  if (digits.includes(4)) return 4;
  return digits.includes(5) ? 5 : undefined;
}
