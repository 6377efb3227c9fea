import type { BounceAction } from '../../mail/bounce-class.ts';
import { decidingReply, shownReply } from '../deciding-reply.ts';
import type { Finding } from '../finding.ts';
import { saysDelayed } from '../notice-words.ts';
import type { Notice } from '../notice.ts';
import { passagesAbout } from '../passages.ts';

/** What a free-form notice says of each recipient; of nobody in particular where it names nobody. */
export function findingsOfText(
  { text, flat }: Pick<Notice, 'text' | 'flat'>,
  subject: string,
  recipients: readonly string[],
): Finding[] {
  const action: BounceAction = saysDelayed(subject, flat) ? 'delayed' : 'failed';
  if (recipients.length === 0) return [findingAbout(undefined, text, action)];
  return recipients.map((recipient) => findingAbout(recipient, text, action));
}

function findingAbout(recipient: string | undefined, text: string, action: BounceAction): Finding {
  const passages = passagesAbout(text, [recipient]);
  const passage = passages.length > 1 ? passages.slice(0, -1).join('\n') : (passages[0] ?? '');
  const reply = decidingReply(passage) ?? decidingReply(text);
  return {
    ...(recipient === undefined ? {} : { recipient }),
    action,
    ...(reply?.code === undefined ? {} : { code: reply.code }),
    ...(reply?.enhancedCode === undefined ? {} : { enhancedCode: reply.enhancedCode }),
    ...(reply === undefined ? {} : { diagnostic: shownReply(reply) }),
    texts: [reply?.text ?? '', ...passages].filter((each) => each !== ''),
  };
}
