import { classTexts } from '../bounces/class-texts.ts';
import type { Classification, NoticeReading } from '../bounces/classification.ts';
import type { SuppressionAdvice } from '../mail/bounce-class.ts';
import type { createColors } from './colors.ts';
import { printable } from './terminal-text.ts';

type Colors = ReturnType<typeof createColors>;

/** A classification as lines for people: what happened, what to do, then why we think so. */
export function classificationText(
  found: Classification,
  colors: Colors,
  recipient?: string,
): readonly string[] {
  const { happened, advice } = classTexts[found.class];
  const who = recipient === undefined ? '' : `${printable(recipient)}: `;
  const paint =
    found.action === 'failed'
      ? colors.red
      : found.action === 'delayed'
        ? colors.yellow
        : colors.green;
  return [
    `${who}${happened} ${advice}`,
    `  ${paint(`${found.class}, ${actionText(found)}`)}${colors.dim(`; ${consequences(found)}`)}`,
    colors.dim(`  rule ${found.rule}, confidence ${found.confidence.toFixed(2)}${quoted(found)}`),
  ];
}

/** A notice as lines for people. */
export function noticeText(
  file: string,
  reading: NoticeReading,
  colors: Colors,
): readonly string[] {
  const kind = { ...kinds, 'not-a-bounce': 'no bounce, no complaint, no automatic answer' }[
    reading.kind
  ];
  return [
    colors.bold(`${printable(file)}: ${kind}`),
    ...reading.results.flatMap((each) =>
      classificationText(each, colors, each.recipient ?? 'a recipient that is not named').map(
        (line) => `  ${line}`,
      ),
    ),
  ];
}

const kinds = {
  dsn: 'a delivery status notification',
  'free-form': 'a bounce without a delivery status part',
  'feedback-report': 'a feedback report',
  'auto-reply': 'an automatic answer',
  'challenge-response': 'a request to confirm the mail',
} as const;

function actionText({ action }: Classification): string {
  switch (action) {
    case 'failed':
      return 'not delivered';
    case 'delayed':
      return 'not delivered yet';
    case 'delivered':
      return 'delivered';
    case 'relayed':
      return 'passed on to a server that reports nothing';
    case 'expanded':
      return 'passed on to several addresses';
    case 'none':
      return 'not about a delivery';
  }
}

function consequences({ retry, scope, suppression }: Classification): string {
  const again = retry === 'none' ? 'not tried again' : `tried again by schedule ${retry}`;
  const about = scope === 'none' ? '' : `, concerns the ${scope}`;
  return `${again}${about}, ${suppressionText(suppression)}`;
}

function suppressionText(advice: SuppressionAdvice): string {
  if (advice.kind === 'never') return 'suppresses nobody';
  const long = advice.days === undefined ? '' : ` for ${advice.days} days`;
  if (advice.kind === 'after') {
    return `suppresses the address${long} after ${advice.count} messages in ${advice.withinDays} days`;
  }
  switch (advice.of) {
    case 'address':
      return `suppresses the address${long}`;
    case 'pair':
      return `suppresses the address for this sender${long}`;
    case 'domain':
      return `suppresses the domain${long} once DNS confirms it, else the address`;
  }
}

function quoted({ evidence }: Classification): string {
  const { code, enhancedCode, matched } = evidence;
  const codes = [code, enhancedCode].filter((each) => each !== undefined).join(' ');
  const words = matched === undefined ? '' : `"${printable(matched)}"`;
  const parts = [codes, words].filter((each) => each !== '').join(' ');
  return parts === '' ? '' : `, from ${parts}`;
}
