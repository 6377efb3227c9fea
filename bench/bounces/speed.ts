import { simpleParser } from 'mailparser';
import { classifyMail } from '../../src/bounces/classify-mail.ts';
import { compareCpu } from '../cpu-rounds.ts';
import type { LabelledMail, LabelledReply } from './corpus.ts';

/** CPU time of one item, in microseconds, ours and that of what a user would write without us. */
export interface SpeedFigure {
  readonly name: string;
  readonly ours: number;
  readonly peer: number;
  readonly ratio: number;
  readonly goalMicros: number;
}

/** What {@link measureSpeed} takes. */
export interface SpeedInput {
  readonly mails: readonly LabelledMail[];
  readonly replies: readonly LabelledReply[];
  readonly classify: (reply: string) => void;
}

const rounds = 5;

/** A list as users write it: some dozens of words, one after the other. */
const plainRules: readonly RegExp[] = [
  /user unknown|no such user|unknown user|does not exist|invalid recipient|recipient not found/i,
  /mailbox (?:is )?(?:full|unavailable|disabled|not found)|over ?quota|quota exceeded|storage/i,
  /blocked|blacklist|block ?list|spamhaus|barracuda|reputation|denied|banned/i,
  /spam|junk|content rejected|message rejected|unsolicited/i,
  /greylist|try again later|temporar|deferred|too many|rate limit|throttl/i,
  /dmarc|spf|dkim|unauthenticated|reverse dns|ptr/i,
  /relay|relaying|not permitted|policy/i,
  /too large|size limit|exceeds/i,
  /host (?:not found|unknown)|domain (?:not found|does not exist)|no mx|timed? ?out|connection/i,
];

/**
 * Measures CPU time per item in interleaved rounds. The peer of a reply is a list of regular
 * expressions, that of a mail is mailparser with a search through its text.
 */
export async function measureSpeed(input: SpeedInput): Promise<readonly SpeedFigure[]> {
  const { mails, replies, classify } = input;
  const nextReply = cycle(replies.map(({ reply }) => reply));
  const nextMail = cycle(mails.map(({ bytes }) => Buffer.from(bytes)));
  const reply = await compareCpu(
    async (count) => {
      for (let left = count; left > 0; left -= 1) classify(nextReply());
      return Promise.resolve();
    },
    async (count) => {
      for (let left = count; left > 0; left -= 1) matchPlainly(nextReply());
      return Promise.resolve();
    },
    rounds,
    20 * replies.length,
  );
  const mail = await compareCpu(
    async (count) => {
      for (let left = count; left > 0; left -= 1) classifyMail(nextMail());
      return Promise.resolve();
    },
    async (count) => {
      for (let left = count; left > 0; left -= 1) {
        const { text = '' } = await simpleParser(nextMail(), { skipHtmlToText: true });
        matchPlainly(text);
      }
    },
    rounds,
    mails.length,
  );
  return [
    { name: 'reply', ...figureOf(reply), goalMicros: 10 },
    { name: 'mail', ...figureOf(mail), goalMicros: 500 },
  ];
}

function figureOf(comparison: Awaited<ReturnType<typeof compareCpu>>) {
  const { oursMicros, peerMicros, ratio } = comparison;
  return { ours: oursMicros, peer: peerMicros, ratio };
}

function matchPlainly(text: string): number {
  return plainRules.findIndex((rule) => rule.test(text));
}

function cycle<Item>(items: readonly Item[]): () => Item {
  let index = -1;
  return () => {
    index = (index + 1) % items.length;
    return items[index] as Item;
  };
}
