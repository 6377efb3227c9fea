import type { CrossValidation, ScorePair } from './cross-validate.ts';
import type { SpeedFigure } from './speed.ts';
import type { Score } from './score.ts';

/** A collection and what is to be reached on it, in percent. */
export interface Row {
  readonly name: string;
  readonly score: Score;
  readonly goals: {
    readonly strict?: number;
    readonly accepted?: number;
    readonly recipients?: number;
    /** At most. */
    readonly unknown?: number;
  };
}

/** What other classifiers reach on the public mails and replies that the corpus is drawn from, as published. */
const peers = [
  ['Sisimai 5.7.2', '97.5', '99.4', '98.3', '0/350', '9/207', '68.7', '1.2-1.7 ms'],
  ['go-sisimai 5.2.0', '93.1', '96.7', '97.9', '1/350', '16/207', '60.7', '0.76-0.89 ms'],
  ['BounceParser (Perl)', '29.8', '35.0', '77.7', '56/350', '54/207', '-', '4.0 ms'],
  ['email-bounce-parser', '22.3', '23.8', '50.0', '179/350', '81/207', '23.9', '1.7-2.0 ms'],
  ['ZoneMTA rules', '-', '-', '-', '-', '-', '35.8', '53-68 µs/reply'],
  ['KumoMTA rules', '-', '-', '-', '-', '-', '34.3', '-'],
] as const;

/** The figures as tables for people. */
export function tableOf(
  rows: readonly Row[],
  crossed: readonly CrossValidation[],
  speed: readonly SpeedFigure[],
): string {
  const ours = rows.map(({ name, score, goals }) => [
    name,
    share(score.strict, score.labelled, goals.strict),
    share(score.accepted, score.labelled, goals.accepted),
    share(score.recipientsFound, score.recipients, goals.recipients),
    share(score.unknown, score.labelled, goals.unknown),
    `${score.wronglySuppressed}/${score.mustStay}`,
    `${score.missedSuppressions}/${score.mustGo}${score.countedSuppressions === 0 ? '' : ` (${score.countedSuppressions})`}`,
    score.nobody === 0 ? '-' : `${score.nobodyFound}/${score.nobody}`,
  ]);
  return [
    'Share in percent (to be reached in brackets); wrong and missed suppressions of those that must stay or go\n' +
      '(of the missed those that a count suppresses).\n',
    columns([
      ['', 'strict', 'accepted', 'recipients', 'unknown', 'wrong', 'missed', 'nobody'],
      ...ours,
    ]),
    '\nOthers, on the whole public set, as published:\n',
    columns([
      ['', 'strict', 'accepted', 'recipients', 'wrong', 'missed', 'neutral', 'speed'],
      ...peers.map((peer) => [...peer]),
    ]),
    '\nAll items of each provider with its own rules and by the general ones alone, and those of them which its own\n' +
      'rules decide (accepted, percent; at most 10 points apart):\n',
    columns([
      ['', 'items', 'own rules', 'general', 'decided', 'own rules', 'general'],
      ...crossed.map(({ provider, all, decided }) => [
        provider,
        ...cellsOf([all]),
        ...cellsOf([decided]),
      ]),
      [
        'all',
        ...cellsOf(crossed.map(({ all }) => all)),
        ...cellsOf(crossed.map(({ decided }) => decided)),
      ],
    ]),
    '\nSpeed, CPU per item (median of the rounds):\n',
    columns([
      ['', 'ours, µs', 'peer, µs', 'ratio', 'to be reached'],
      ...speed.map(({ name, ours: own, peer, ratio, goalMicros }) => [
        name,
        own.toFixed(1),
        peer.toFixed(1),
        `${ratio.toFixed(1)} ×`,
        `≤ ${goalMicros} µs`,
      ]),
    ]),
  ].join('');
}

/** How many items, and the shares accepted with and without the own rules. */
function cellsOf(pairs: readonly ScorePair[]): readonly string[] {
  const sum = (of: (pair: ScorePair) => number): number =>
    pairs.reduce((total, pair) => total + of(pair), 0);
  const labelled = sum(({ withRules }) => withRules.labelled);
  const own = sum(({ withRules }) => withRules.accepted);
  const general = sum(({ without }) => without.accepted);
  return [String(labelled), share(own, labelled, undefined), share(general, labelled, undefined)];
}

/** What was judged wrong, a line each. */
export function linesOf(rows: readonly Row[]): string {
  return rows
    .flatMap(({ name, score }) =>
      score.misses.map(
        ({ where, what, expected, got }) => `${name}\t${what}\t${where}\t${expected}\t${got}\n`,
      ),
    )
    .join('');
}

function share(part: number, whole: number, goal: number | undefined): string {
  if (whole === 0) return '-';
  const percent = ((100 * part) / whole).toFixed(1);
  return goal === undefined ? percent : `${percent} (${goal})`;
}

function columns(lines: readonly (readonly string[])[]): string {
  const widths = (lines[0] ?? []).map((_cell, column) =>
    Math.max(...lines.map((line) => (line[column] ?? '').length)),
  );
  return lines
    .map((line) => `  ${line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`)
    .map((line) => `${line.trimEnd()}\n`)
    .join('');
}
