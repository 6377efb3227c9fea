import { printableText } from '../mail/printable-text.ts';
import type { BounceAction, BounceClass } from '../mail/bounce-class.ts';
import { adviceOf } from './class-policy.ts';
import type {
  Classification,
  RecipientNotice,
  ReplyToClassify,
  SmtpPhase,
} from './classification.ts';

/** What a reader found about one recipient, before it is classified. */
export interface Finding {
  readonly recipient?: string;
  readonly finalRecipient?: string;
  readonly action: BounceAction;
  /** Where no reply has to be understood: what the notice is. */
  readonly verdict?: BounceClass;
  readonly code?: number;
  readonly enhancedCode?: string;
  readonly phase?: SmtpPhase;
  /** Texts that say why, the most telling first. */
  readonly texts?: readonly string[];
  readonly remoteMta?: string;
  /** What is quoted of the server's answer, if it is not the first of `texts`. */
  readonly diagnostic?: string;
  /** For how long the server that writes has tried, in milliseconds, as it says. */
  readonly triedMs?: number;
}

/** Says what a reply means. */
export type ClassifyReply = (reply: ReplyToClassify) => Classification;

const textMax = 2_000;
const diagnosticMax = 1_000;

/** Classifies what was found of one recipient. */
export function classifyFinding(finding: Finding, classify: ClassifyReply): RecipientNotice {
  const { recipient, finalRecipient, action, remoteMta, verdict } = finding;
  const said =
    verdict === undefined
      ? finalOf(ofSender(reasonOf(finding, classify), finding.phase), finding)
      : fixed(verdict);
  const diagnostic = oneLine(finding.diagnostic ?? finding.texts?.[0] ?? '');
  return {
    ...said,
    action,
    ...(recipient === undefined ? {} : { recipient }),
    ...(finalRecipient === undefined || finalRecipient === recipient ? {} : { finalRecipient }),
    ...(remoteMta === undefined ? {} : { remoteMta: printableText(remoteMta).slice(0, 255) }),
    ...(diagnostic === '' ? {} : { diagnostic }),
  };
}

function oneLine(text: string): string {
  const start = text.slice(0, 2 * diagnosticMax);
  return printableText(start).replace(/ {2,}/g, ' ').trim().slice(0, diagnosticMax);
}

/** A classification that no reply decided, e.g. of a complaint. */
function fixed(name: BounceClass): Classification {
  return {
    class: name,
    ...adviceOf(name, 5),
    action: 'none',
    confidence: 0.9,
    rule: `mail.${name}`,
    evidence: {},
  };
}

const aboutRecipient: ReadonlySet<BounceClass> = new Set([
  'user_unknown',
  'domain_unknown',
  'mailbox_inactive',
  'recipient_moved',
]);

/** "No such domain" in answer to MAIL FROM is about the sender: the server has not heard of a recipient yet. */
function ofSender(reason: Classification, phase: SmtpPhase | undefined): Classification {
  if (phase !== 'mail' || !aboutRecipient.has(reason.class)) return reason;
  const digit = reason.action === 'failed' ? 5 : 4;
  const name = 'sender_rejected';
  return { ...reason, class: name, ...adviceOf(name, digit), rule: 'mail.sender-command' };
}

/** What only a notice knows of a reason: that nobody tries again, or that somebody still does. */
function finalOf(reason: Classification, { action, triedMs = 0 }: Finding): Classification {
  if (action === 'delayed' && reason.class === 'unknown') {
    return { ...reason, class: 'expired', ...adviceOf('expired', 4), rule: 'mail.delayed' };
  }
  if (action !== 'failed') return reason;
  // A failure without any code is one for good.
  const { code, enhancedCode } = reason.evidence;
  const isTold = code !== undefined || enhancedCode !== undefined;
  const isGone = gone.has(reason.class) && triedMs >= longMs;
  return isTold && !isGone ? reason : { ...reason, ...adviceOf(reason.class, 5) };
}

/**
 * "450 user unknown" may be wrong for an hour. A server that heard it for a day or more, and then gave up,
 * has asked more often than the three messages that count otherwise; and no three notices of such a failure
 * need ever fall into one week.
 */
const gone: ReadonlySet<BounceClass> = new Set(['user_unknown', 'recipient_moved']);
const longMs = 86_400_000;

const sure = 0.3;
/** Without a reply, the last words of the rules are a guess from prose, and another text may say it plainly. */
const sureOfProse = 0.35;

/** What the first text that has a clear meaning says; where none has, the clearest of the vague ones. */
function reasonOf(finding: Finding, classify: ClassifyReply): Classification {
  const { code, enhancedCode, phase } = finding;
  const known = {
    ...(code === undefined ? {} : { code }),
    ...(enhancedCode === undefined ? {} : { enhancedCode }),
    ...(phase === undefined ? {} : { phase }),
  };
  const enough = code === undefined && enhancedCode === undefined ? sureOfProse : sure;
  let best: Classification | undefined;
  for (const text of finding.texts ?? []) {
    const reason = classify({ ...known, text: text.slice(0, textMax) });
    if (best === undefined || reason.confidence > best.confidence) best = reason;
    if (best.confidence >= enough) break;
  }
  return best ?? classify({ ...known, text: '' });
}
