import type { LimitOverride } from '../queue/limit-state.ts';
import type { LimitWindow } from '../queue/limits.ts';

const units = { ms: 1, s: 1_000, min: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const perMsMin = 100;
const perMsMax = 31 * units.d;

/** Reads a window such as `50/1s`, `1000/10min` or `20000/d`; or says what is wrong with it. */
export function parseWindow(text: string): LimitWindow | string {
  const match = /^(\d{1,12})\/(\d{0,9})(ms|s|min|h|d)$/.exec(text.trim());
  if (match === null) return 'must look like 50/1s, 1000/10min or 20000/1d (ms, s, min, h, d)';
  const [, count = '', length = '', unit = ''] = match;
  const sendsMax = Number(count);
  const perMs = (length === '' ? 1 : Number(length)) * units[unit as keyof typeof units];
  if (sendsMax < 1) return 'must let at least 1 mail through; to stop everything, pause the queue';
  if (perMs < perMsMin || perMs > perMsMax) return 'must be about 100 ms to 31 days';
  return { sendsMax, perMs };
}

/** A limit as one line, e.g. `50 per 1 s, 20000 per 1 d, 5 at once`. */
export function limitText({ windows = [], openMax }: LimitOverride): string {
  const parts = windows.map(({ sendsMax, perMs }) => `${sendsMax} per ${lengthText(perMs)}`);
  if (openMax !== undefined && openMax !== null) parts.push(`${openMax} at once`);
  return parts.length === 0 ? 'no limit' : parts.join(', ');
}

/** Exactly, in the largest unit that allows it. */
function lengthText(ms: number): string {
  const [unit, length] = Object.entries(units).findLast(([, each]) => ms % each === 0) ?? ['ms', 1];
  return `${ms / length} ${unit}`;
}
