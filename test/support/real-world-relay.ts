import type { RawRelayOptions } from './raw-relay.ts';
import { realWorldReplies, type RealWorldReply } from './real-world-replies.ts';
import { testZone } from './world.ts';

const mxOf = {
  gmail: 'aspmx.l.google.com',
  microsoft: 'mx.mail.protection.outlook.com',
  yahoo: 'mta5.am0.yahoodns.net',
  apple: 'mx01.mail.icloud.com',
} as const;

/** The domain of a reply's recipient: one for each. */
export function recipientDomainOf({ id }: RealWorldReply): string {
  return `${id}.example`;
}

/** The recipient whose mail is answered with a reply. */
export function recipientOf(reply: RealWorldReply): string {
  return `${reply.id}@${recipientDomainOf(reply)}`;
}

/** The id of the reply that a recipient gets. */
export function replyIdOf(recipient: string): string {
  return recipient.split('@')[0] ?? '';
}

/** The host that takes mail of a reply's recipient. */
export function exchangeOf(reply: RealWorldReply): string {
  return reply.provider === undefined ? `mx.${recipientDomainOf(reply)}` : mxOf[reply.provider];
}

/** The zone of the tests, and in it who runs the recipients' mail. */
export const realWorldZone = {
  ...testZone,
  ...Object.fromEntries(
    realWorldReplies.map((each) => [
      recipientDomainOf(each),
      { MX: [{ priority: 10, exchange: exchangeOf(each) }] },
    ]),
  ),
};

/** A relay that answers each recipient once with his reply; the next time it takes the mail. */
export function realWorldAnswers(): Pick<RawRelayOptions, 'answerTo' | 'answerToMail'> {
  const byRecipient = new Map(realWorldReplies.map((each) => [recipientOf(each), each]));
  const told = new Set<string>();
  const answer = (phase: RealWorldReply['phase'], address: string): string | undefined => {
    const entry = byRecipient.get(address);
    if (entry === undefined || entry.phase !== phase || told.has(entry.id)) return undefined;
    told.add(entry.id);
    return entry.reply;
  };
  return {
    answerTo: (line) => answer('rcpt', /^RCPT TO:<([^>]*)>/.exec(line)?.[1] ?? ''),
    answerToMail: ({ rcptTo }) => answer('dot', rcptTo[0] ?? ''),
  };
}
