/**
 * A time as RFC 5322 §3.3 date-time in UTC, e.g. `Mon, 23 Nov 2026 08:22:00 +0000`; fractions of a
 * second are dropped. Right for the years 1900 to 9999.
 */
export function formatDateTime(timeMs: number): string {
  // toUTCString has exactly this form by ECMA-262 (Date.prototype.toUTCString), but names the zone GMT.
  return new Date(timeMs).toUTCString().replace('GMT', '+0000');
}
