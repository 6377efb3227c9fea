import { classTexts } from '../bounces/class-texts.ts';
import type { NoticeLine } from '../history/index.ts';
import type { Colors } from './colors.ts';
import { printable, timeText } from './terminal-text.ts';

/** The lines of a mail that came back: what it says in one plain sentence, and what the server said. */
export function noticeLineText(
  line: NoticeLine,
  colors: Colors,
  indent: string,
): readonly string[] {
  const { bold, dim } = colors;
  const further = [saidText(line), doubtText(line)].filter((text) => text !== undefined);
  return [
    `${dim(timeText(line.at))}  ${kindText(line, colors)}  ${bold(printable(line.subject ?? '(no subject)'))}`,
    `${indent}${printable(noticeSentence(line))}`,
    ...further.map((text) => `${indent}${dim(printable(text))}`),
  ];
}

/** What a mail that came back says, in one plain sentence. */
export function noticeSentence({ notice, recipient, class: name }: NoticeLine): string {
  switch (notice) {
    case 'complained':
      return `${recipient} reported this mail as spam.`;
    case 'auto-replied':
      return name === 'challenge_response'
        ? `A filter of ${recipient} asks the sender to confirm that she is a person.`
        : `${recipient} answered automatically.`;
    case 'bounced':
      return `Not delivered to ${recipient}: ${classTexts[name].happened}`;
    case 'delayed':
      return `Not delivered to ${recipient} yet, the relay goes on trying: ${classTexts[name].happened}`;
  }
}

function saidText(line: NoticeLine): string | undefined {
  const { code, enhancedCode, diagnostic, remoteMta, notice } = line;
  if (notice === 'complained' || notice === 'auto-replied') return undefined;
  const words = diagnostic ?? [code, enhancedCode].filter((part) => part !== undefined).join(' ');
  if (words === '') return undefined;
  return `${remoteMta ?? 'the server'} said: ${words}`;
}

function doubtText({ certainty, resolution, remark }: NoticeLine): string | undefined {
  const told = remark === undefined ? [] : [remark];
  if (certainty !== 'certain') {
    const by = resolution === 'recipient' ? 'the recipient alone' : `its ${resolution}`;
    told.unshift(`that it is about this mail rests on ${by}`);
  }
  return told.length === 0 ? undefined : told.join('; ');
}

function kindText({ notice }: NoticeLine, { red, yellow }: Colors): string {
  const text = notice.padEnd(8);
  return notice === 'bounced' || notice === 'complained' ? red(text) : yellow(text);
}
