import type { BounceClass } from '../mail/bounce-class.ts';
import { adviceOf } from './class-policy.ts';
import type { Classification, ReplyToClassify } from './classification.ts';
import { replyClassOf } from './reply-class.ts';

/** Says what a reply of 4xx or 5xx, or what a report quotes of one, means. Never throws. */
export function classifyReply(reply: ReplyToClassify): Classification {
  const { code, enhancedCode, text } = reply;
  const about = replyClassOf({
    code: code ?? 500,
    text,
    ...(enhancedCode === undefined ? {} : { enhancedCode }),
  });
  const name = (
    about === 'login-refused'
      ? 'security'
      : about === 'extension-missing'
        ? 'content_rejected'
        : about.replaceAll('-', '_')
  ) as BounceClass;
  const digit =
    enhancedCode === undefined ? Math.floor((code ?? 400) / 100) : Number(enhancedCode[0]);
  return {
    class: name,
    ...adviceOf(name, digit),
    action: digit === 5 ? 'failed' : 'delayed',
    confidence: 0,
    rule: 'first-digit',
    evidence: {
      ...(code === undefined ? {} : { code }),
      ...(enhancedCode === undefined ? {} : { enhancedCode }),
    },
  };
}
