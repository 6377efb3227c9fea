import type { MaskedMessage } from '../../src/headers/masked-message.ts';
import { senderAlias } from '../../src/mail/sender-alias.ts';
import { decodeWords } from './decode-words.ts';

/** Hosts and names of the provider in all tests of headers. */
export const provider = {
  domain: 'crm.example',
  aliasHost: 'u.crm.example',
  bounceHost: 'bounce.crm.example',
  name: 'Acme CRM',
} as const;

type Fields = readonly (readonly [name: string, value: string])[];

/** What a message's fields break of the promises of its mode and kind. */
export function modeViolations(
  message: MaskedMessage,
  head: string,
  fields: Fields,
): readonly string[] {
  return [...originatorProblems(message, head, fields), ...kindProblems(message, fields)];
}

function originatorProblems(message: MaskedMessage, head: string, fields: Fields): string[] {
  const { mode, content } = message;
  const value = (name: string): string => fields.find(([each]) => each === name)?.[1] ?? '';
  const fromAddress = addressIn(value('from'));
  const found: string[] = [];
  const mustBe = (what: string, isSo: boolean): void => {
    if (!isSo) found.push(`${mode}: ${what}`);
  };
  mustBe(
    'From is one mailbox',
    /^[^<>]*<[^<>,\s]+>$|^[^<>,\s]+$/.test(outsideQuotes(value('from'))),
  );
  if (mode === 'rewritten') {
    const name = decodeWords(value('from').replace(/<[^<]*>$/, ''));
    mustBe('From is at the alias host', fromAddress.endsWith(`@${provider.aliasHost}`));
    mustBe(
      'From is the one alias of the user',
      fromAddress === senderAlias(content.from.address, provider.aliasHost),
    );
    mustBe(`the name ends in via: ${name}`, name.endsWith(` via ${provider.name}`));
    mustBe('the name holds no @', !name.normalize('NFKC').includes('@'));
    mustBe('the name holds no control', !/[\p{Cc}\u202a-\u202e\u2066-\u2069]/u.test(name));
    if (content.replyTo.length === 0 && value('reply-to') !== '') {
      mustBe('Reply-To is the user', addressIn(value('reply-to')) === content.from.address);
    }
  } else {
    mustBe('From is the user', fromAddress === content.from.address);
  }
  if (mode === 'on-behalf' && value('sender') !== '') {
    mustBe('Sender is the provider', addressIn(value('sender')).endsWith(`@${provider.domain}`));
    mustBe('Sender is not the user', addressIn(value('sender')) !== fromAddress);
  }
  if (mode === 'direct') {
    mustBe('there is no trace of the provider', !head.includes(provider.domain));
    mustBe('there is no mark of ours', !/^(?:x-onbehalf|x-mailer|dkim-signature)/im.test(head));
  }
  return found;
}

function kindProblems({ mode, bulk }: MaskedMessage, fields: Fields): string[] {
  const value = (name: string): string | undefined => fields.find(([each]) => each === name)?.[1];
  const listFields = fields.filter(([name]) => /^(?:list-|feedback-id|precedence)/.test(name));
  if (bulk === undefined) return listFields.map(([name]) => `single mail with ${name}`);
  const uris = [...(value('list-unsubscribe') ?? '').matchAll(/<([^<>]*)>/g)].map(([, uri]) => uri);
  const https = uris.filter((uri) => uri?.startsWith('https://'));
  const found: string[] = [];
  if (https.length !== 1 || (https[0]?.length ?? 0) > 900) found.push('not one short https URI');
  if (value('list-unsubscribe-post') !== 'List-Unsubscribe=One-Click') found.push('another Post');
  if (mode !== 'direct' && value('feedback-id')?.split(':').length !== 4) {
    found.push('a Feedback-ID that has not four fields');
  }
  return found;
}

function addressIn(value: string): string {
  return /<([^<>]*)>$/.exec(value)?.[1] ?? value;
}

function outsideQuotes(value: string): string {
  return value.replace(/"(?:[^"\\]|\\.)*"/g, '');
}
