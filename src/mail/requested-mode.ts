import { alignedVariant, isAlignmentUnknown } from './alignment.ts';
import type { MaskingMode } from './kinds.ts';
import type { ModeFacts } from './mode-facts.ts';
import { goesDirect, isRecipientUnknown, modeRows, onBehalfObstacles } from './mode-rows.ts';

/** Why a mode that is asked for cannot be taken, and the row that says so. */
export interface ModeObstacle {
  readonly row: number;
  /** A sentence each. */
  readonly facts: readonly string[];
}

/**
 * What stands against a mode that a job asks for; undefined where nothing does. Row 7 means that
 * only DNS could tell.
 */
export function obstacleTo(requested: MaskingMode, facts: ModeFacts): ModeObstacle | undefined {
  switch (requested) {
    case 'rewritten':
      return undefined;
    case 'direct':
      return goesDirect(facts) ? undefined : { row: 2, facts: [whyNotDirect(facts)] };
    case 'aligned':
      return obstacleToAligned(facts);
    case 'on-behalf':
      return obstacleToOnBehalf(facts);
  }
}

/** What a domain lacks for `aligned`, a sentence each; empty where it lacks nothing. */
export function missingForAligned({ from }: ModeFacts): readonly string[] {
  const { verification } = from;
  switch (verification.kind) {
    case 'temperror':
      return [];
    case 'none':
      return verification.missing.length > 0
        ? verification.missing
        : [`${from.domain} does not carry our DKIM key.`];
    case 'dkim':
    case 'dkim+returnpath':
      return alignedVariant(from) === undefined
        ? [`A signature of ${verification.signingDomain} does not align with ${from.domain}.`]
        : [];
  }
}

function obstacleToAligned(facts: ModeFacts): ModeObstacle | undefined {
  if (facts.nonAsciiLocalPart) return held(1, facts);
  if (alignedVariant(facts.from) !== undefined) return undefined;
  if (facts.from.freemail) return held(5, facts);
  if (isAlignmentUnknown(facts.from)) return held(7, facts);
  return { row: 4, facts: missingForAligned(facts) };
}

function obstacleToOnBehalf(facts: ModeFacts): ModeObstacle | undefined {
  const { from } = facts;
  if (facts.nonAsciiLocalPart) return held(1, facts);
  if (from.freemail) return held(5, facts);
  if (from.dmarc.kind === 'published' && from.dmarc.policy !== 'none') return held(6, facts);
  if (from.dmarc.kind === 'temperror') return held(7, facts);
  const against = onBehalfObstacles(facts);
  if (against.length > 0) return { row: facts.kind === 'bulk' ? 8 : 10, facts: against };
  return isRecipientUnknown(facts) ? held(7, facts) : undefined;
}

function held(number: number, facts: ModeFacts): ModeObstacle {
  const row = modeRows.find((each) => each.row === number);
  return { row: number, facts: row === undefined ? [] : [row.fact(facts)] };
}

function whyNotDirect({ connected }: ModeFacts): string {
  return connected
    ? 'Bulk mail does not go through the mailbox of a user.'
    : 'The user has not connected a mailbox of her own.';
}
