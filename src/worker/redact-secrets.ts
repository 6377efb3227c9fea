/** What was sent to log in. */
export interface SentSecrets {
  readonly user: string;
  /** Passwords and tokens. */
  readonly secrets: string[];
}

/**
 * Takes out of a text every secret, in the forms in which it went over the wire: some servers repeat
 * a command they do not understand, whole or cut short.
 */
export function withoutSecrets(text: string, sent: SentSecrets): string {
  let clean = text;
  const forms = sent.secrets
    .filter((secret) => secret !== '')
    .flatMap((each) => formsOf(each, sent));
  for (const form of forms) clean = clean.replaceAll(form, mark);
  return clean.replace(/\S{6,}/g, (word) =>
    forms.some((form) => form.startsWith(word)) ? mark : word,
  );
}

const mark = '[secret]';

function formsOf(secret: string, { user }: SentSecrets): readonly string[] {
  const plain = [
    secret,
    `\0${user}\0${secret}`,
    `user=${user}\u0001auth=Bearer ${secret}\u0001\u0001`,
  ];
  const encoded = plain.map((each) => Buffer.from(each).toString('base64'));
  return [secret, ...encoded];
}
