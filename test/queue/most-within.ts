/**
 * The most instants that any stretch of a length holds, both ends included at one side only: the
 * largest number of instants in [t, t + length).
 */
export function mostWithin(instants: readonly number[], lengthMs: number): number {
  const sorted = instants.toSorted((a, b) => a - b);
  let most = 0;
  let first = 0;
  sorted.forEach((at, index) => {
    while ((sorted[first] ?? at) <= at - lengthMs) first += 1;
    most = Math.max(most, index - first + 1);
  });
  return most;
}
