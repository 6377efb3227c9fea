const aheadMsMax = 5 * 60_000;

/**
 * A moment as it goes to the timeline: never more than five minutes ahead of our clock, because
 * a mail from a server with a wrong clock would stand above everything else for years.
 */
export function notFarAhead(at: number, now: number): number {
  return Math.min(at, now + aheadMsMax);
}
