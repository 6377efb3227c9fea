import { alignedVariant, type AlignedVariant } from './alignment.ts';
import type { MaskingMode } from './kinds.ts';
import type { ModeFacts } from './mode-facts.ts';
import { lastRow, modeRows, type ModeRow } from './mode-rows.ts';
import { missingForAligned, obstacleTo } from './requested-mode.ts';

export type { ModeFacts } from './mode-facts.ts';

/*
 * Which mode a message gets: that of the first row of the table in `mode-rows.ts` that holds.
 *
 * 1. Without a request the rows are asked in their order. Row 7 waits for DNS, for an hour at most.
 * 2. With a request the rows that could forbid the mode are asked. None does: chosen. Only DNS could
 *    tell: wait. Else refused, naming the mode that the table gives instead.
 * 3. A message has one mode for all its recipients: a row looks at all of them at once, and one
 *    who needs `rewritten` decides for all.
 */

/** One reason: the row of the table it belongs to, and a sentence. */
export interface ModeReason {
  readonly row: number;
  readonly fact: string;
}

/**
 * The mode of a message and why. The first reason is of the row that decided; those behind it say
 * why a mode that shows less of the provider is not possible.
 */
export type ModeChoice =
  | {
      readonly kind: 'chosen';
      readonly mode: MaskingMode;
      /** Of `aligned` only: `b1` DKIM aligns, `b2` the return path as well. */
      readonly variant?: AlignedVariant;
      readonly row: number;
      readonly why: readonly ModeReason[];
    }
  | {
      /** DNS did not answer: ask again later, for an hour at most. */
      readonly kind: 'wait';
      readonly row: 7;
      readonly why: readonly ModeReason[];
    }
  | {
      readonly kind: 'refused';
      readonly requested: MaskingMode;
      /** The mode that passes instead. */
      readonly better: MaskingMode;
      readonly row: number;
      readonly why: readonly ModeReason[];
    };

/** Chooses the mode of a message. Never throws; equal facts give an equal choice. */
export function chooseMode(facts: ModeFacts): ModeChoice {
  const { requested } = facts;
  return requested === undefined ? byTable(facts) : asRequested(requested, facts);
}

function byTable(facts: ModeFacts): ModeChoice {
  const found = modeRows.find((each) => each.holds(facts)) ?? lastRow;
  const { row, mode } = found;
  const why = [{ row, fact: found.fact(facts) }, ...whyNotBefore(row, facts)];
  if (row === 7 && facts.dnsWaitOver !== true) return { kind: 'wait', row: 7, why };
  return chosen(mode, row, facts, why);
}

function asRequested(requested: MaskingMode, facts: ModeFacts): ModeChoice {
  const obstacle = obstacleTo(requested, facts);
  if (obstacle === undefined) return granted(requested, facts);
  const why = obstacle.facts.map((fact) => ({ row: obstacle.row, fact }));
  if (obstacle.row === 7 && facts.dnsWaitOver !== true) return { kind: 'wait', row: 7, why };
  const table = byTable(facts);
  const better = table.kind === 'chosen' ? table.mode : 'rewritten';
  return { kind: 'refused', requested, better, row: obstacle.row, why };
}

function granted(requested: MaskingMode, facts: ModeFacts): ModeChoice {
  // Of the rows with `rewritten` any will do: it needs no fact.
  const found = requested === 'rewritten' ? undefined : modeRows.find(holdsFor(requested, facts));
  const { row } = found ?? lastRow;
  return chosen(requested, row, facts, [
    { row, fact: `The job asks for ${requested}.` },
    { row, fact: found?.fact(facts) ?? 'A rewritten address passes whatever DNS says.' },
  ]);
}

function holdsFor(mode: MaskingMode, facts: ModeFacts): (row: ModeRow) => boolean {
  return (row) => row.mode === mode && row.holds(facts);
}

function chosen(
  mode: MaskingMode,
  row: number,
  facts: ModeFacts,
  why: readonly ModeReason[],
): ModeChoice {
  const variant = mode === 'aligned' ? alignedVariant(facts.from) : undefined;
  return { kind: 'chosen', mode, ...(variant === undefined ? {} : { variant }), row, why };
}

/** Why rows with a mode that shows less of the provider, or keeps the address, do not hold. */
function whyNotBefore(row: number, facts: ModeFacts): readonly ModeReason[] {
  const verification = facts.from.verification;
  if (row === 4 && verification.kind === 'dkim') return reasons(3, verification.missing);
  // Nobody can verify a freemail domain, and in row 1 the address itself is in the way.
  if (row < 6) return [];
  return reasons(4, missingForAligned(facts));
}

function reasons(row: number, sentences: readonly string[]): readonly ModeReason[] {
  return sentences.map((fact) => ({ row, fact }));
}
