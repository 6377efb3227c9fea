/** Why a text may not stand in a header field, or undefined where it may. */
export function headerTextProblem(text: string): string | undefined {
  if (/^[\x20-\x7e]*$/.test(text)) return undefined;
  for (const [pattern, reason] of forbidden) {
    if (pattern.test(text)) return reason;
  }
  return text.isWellFormed() ? undefined : 'holds half of a surrogate pair';
}

// Encoded-words would carry these through to naive readers (the Mailsploit class), so they are
// refused before encoding. The joiners U+200C and U+200D stay: Persian spelling and emoji need them.
const forbidden: readonly (readonly [RegExp, string])[] = [
  [/[\r\n]/, 'holds a line break'],
  [/[\u0000-\u001f\u007f-\u009f]/, 'holds a control character'],
  [/[\u2028\u2029]/, 'holds a line separator'],
  [/[\u202a-\u202e\u2066-\u2069]/, 'holds a bidirectional control'],
  [
    /[\u200b\u2060-\u2064\u206a-\u206f\u180e\u3164\uffa0\ufff9-\ufffb\ufeff\u00ad]/,
    'holds an invisible character',
  ],
  [/[\u{e0000}-\u{e007f}]/u, 'holds a tag character'],
];

/**
 * Why a custom header field may not be set by a job, or undefined where it may. Allowed are `X-…`
 * names (not our own `X-Onbehalf-…`, nor those that receivers act on) and printable ASCII values
 * of at most 900 characters; threading fields have options of their own.
 */
export function customHeaderProblem(name: string, value: string): string | undefined {
  if (!/^X-[A-Za-z0-9](?:[A-Za-z0-9-]{0,60}[A-Za-z0-9])?$/i.test(name)) {
    return 'is no name of the form X-Something; other header fields are written by Onbehalf itself';
  }
  if (reservedNames.test(name))
    return 'is a name that receivers or Onbehalf itself give a meaning to';
  if (!/^[\x20-\x7e]*$/.test(value)) return 'has a value that is not printable ASCII on one line';
  if (value.includes('=?')) return 'has a value that looks like an encoded-word';
  return value.length > 900 ? 'has a value of over 900 characters' : undefined;
}

// Also the names that sending services take as commands: X-SMTPAPI can add recipients at SendGrid.
const reservedNames =
  /^x-(?:onbehalf-.*|original-.*|envelope-.*|gm-.*|ms-.*|spam-.*|received.*|forwarded-.*|mailer|sender|bcc|google-.*|auto-response-suppress|smtpapi|sg-.*|ses-.*|mc-.*|msys-.*|mailgun-.*|pm-.*|mj-.*|sib-.*|tm-.*)$/i;
