import { classPolicies } from '../../src/bounces/class-policy.ts';
import { classTexts } from '../../src/bounces/class-texts.ts';
import { ruleFiles } from '../../src/bounces/rules/all-rules.ts';
import {
  bounceClasses,
  type BounceClass,
  type SuppressionAdvice,
} from '../../src/mail/bounce-class.ts';

const introduction = `# Bounce classes

_Made from the taxonomy and the rules: \`npm run docs:bounces\` writes it, a test keeps it equal._

Replies of servers, failed connections, bounce mails and complaints are all read into the same classes. A
class says what is true of the failure, whatever first digit the server used: a full mailbox is
transient even with a 5xx. What follows from a class (another try, when; who gets no more mail) stands in
the tables below.

\`\`\`sh
onbehalf classify '550 5.1.1 <jo@acme.example>: user unknown'
onbehalf classify bounce.eml
\`\`\`

What decides, first match wins: rules of your own · rules of the provider that speaks · words with one
meaning · a dozen codes that are used in one sense · weaker words · all other codes · the first digit. Codes
never overrule plain words. What nothing knows is \`unknown\`: it follows its first digit, and suppresses
nobody at once.

The schedules \`fast\`, \`std\`, \`slow\` and \`backoff\` are those of [sending](sending.md); 4xx stands for
"no reply" too. \`pair\` means: this sender to this recipient.
`;

/** The text of docs/bounce-classes.md. */
export function bounceClassesPage(): string {
  return [introduction, policyTable(), ...bounceClasses.map(sectionOf)].join('\n');
}

function policyTable(): string {
  const rows = bounceClasses.map((name) => {
    const { nature, scope, retry, suppression } = classPolicies[name];
    const suppresses = both(wordsOf(suppression.transient), wordsOf(suppression.permanent));
    return `| [\`${name}\`](#${name}) | ${nature} | ${scope} | ${both(retry.transient, retry.permanent)} | ${suppresses} |`;
  });
  return [
    '## What follows\n',
    '| class | nature | concerns | retry: 4xx, 5xx | suppresses: 4xx, 5xx |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}

function both(transient: string, permanent: string): string {
  return transient === permanent ? transient : `${transient}, ${permanent}`;
}

function wordsOf(advice: SuppressionAdvice): string {
  if (advice.kind === 'never') return '–';
  const long = advice.days === undefined ? '' : ` for ${advice.days} d`;
  return advice.kind === 'now'
    ? `${advice.of}${long}`
    : `address${long} after ${advice.count} in ${advice.withinDays} d`;
}

function sectionOf(name: BounceClass): string {
  const { happened, advice } = classTexts[name];
  const rules = ruleFiles.flatMap((file) => file.rules.filter((rule) => rule.class === name));
  const lines = rules.map(
    ({ id, why, examples }) =>
      `- \`${id}\`: ${why}${examples[0] === undefined ? '' : ` \`${codeOf(examples[0])}\``}`,
  );
  return [
    `## ${name}\n`,
    `${happened} ${advice}\n`,
    ...(lines.length === 0 ? [] : [`${lines.join('\n')}\n`]),
  ].join('\n');
}

/** For a code span: on one line, without the sign that would end it. */
function codeOf(text: string): string {
  return text.replaceAll('`', "'").replace(/\s+/g, ' ');
}
