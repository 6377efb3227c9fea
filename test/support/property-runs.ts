/**
 * Parameters of a property test: how many cases, and the seed, which is printed, so that a failure can be
 * repeated with `ONBEHALF_SEED=<seed>`.
 */
export function propertyRuns(numRuns: number): { readonly numRuns: number; readonly seed: number } {
  const given = Number(process.env['ONBEHALF_SEED']);
  const seed =
    Number.isInteger(given) && given > 0 ? given : Math.floor(Math.random() * 2 ** 31) + 1;
  process.stderr.write(`${numRuns} cases of seed ${seed} (repeat with ONBEHALF_SEED=${seed})\n`);
  return { numRuns, seed };
}
