import { printableText } from '../mail/printable-text.ts';
import type { BounceAction, BounceClass } from '../mail/bounce-class.ts';
import { adviceOf } from './class-policy.ts';
import type { Classification, RecipientNotice } from './classification.ts';
import { classifyReply } from './classify-reply.ts';

/** What a reader found about one recipient, before it is classified. */
export interface Finding {
  readonly recipient?: string;
  readonly finalRecipient?: string;
  readonly action: BounceAction;
  readonly code?: number;
  readonly enhancedCode?: string;
  /** Texts that say why, the most telling first. */
  readonly texts: readonly string[];
  readonly remoteMta?: string;
  /** What is quoted of the server's answer, if it is not the first of `texts`. */
  readonly diagnostic?: string;
}

const textMax = 2_000;
const diagnosticMax = 1_000;

/** Classifies what was found of one recipient. */
export function classifyFinding(finding: Finding): RecipientNotice {
  const { recipient, finalRecipient, action, remoteMta } = finding;
  const said =
    action === 'failed' || action === 'delayed' ? reasonOf(finding) : fixed('delivered', action);
  const diagnostic = printableText(finding.diagnostic ?? finding.texts[0] ?? '')
    .replace(/ {2,}/g, ' ')
    .trim()
    .slice(0, diagnosticMax);
  return {
    ...said,
    action,
    ...(recipient === undefined ? {} : { recipient }),
    ...(finalRecipient === undefined || finalRecipient === recipient ? {} : { finalRecipient }),
    ...(remoteMta === undefined ? {} : { remoteMta: printableText(remoteMta).slice(0, 255) }),
    ...(diagnostic === '' ? {} : { diagnostic }),
  };
}

/** A classification that no reply decided, e.g. of a complaint. */
export function fixed(
  name: BounceClass,
  action: BounceAction,
  rule = `mail.${name}`,
): Classification {
  return { class: name, ...adviceOf(name, 5), action, confidence: 0.9, rule, evidence: {} };
}

/** The first text that has a meaning; a later one counts only where the earlier ones have none. */
function reasonOf(finding: Finding): Classification {
  const { code, enhancedCode } = finding;
  const codes = {
    ...(code === undefined ? {} : { code }),
    ...(enhancedCode === undefined ? {} : { enhancedCode }),
  };
  let best: Classification | undefined;
  for (const text of finding.texts) {
    const reason = classifyReply({ ...codes, text: text.slice(0, textMax) });
    if (best === undefined || (best.class === 'unknown' && reason.class !== 'unknown'))
      best = reason;
    if (best.class !== 'unknown') break;
  }
  return best ?? classifyReply({ ...codes, text: '' });
}
