/** Names of months as RFC 5322 §3.3 writes them, January first. */
const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/** Zone names of RFC 5322 §4.3 in minutes east of UTC; all others count as UTC, as it says. */
const zones: Readonly<Record<string, number>> = {
  edt: -240,
  est: -300,
  cdt: -300,
  cst: -360,
  mdt: -360,
  mst: -420,
  pdt: -420,
  pst: -480,
};

const pattern =
  /^(?:[a-z]{3,9}\s*,\s*)?(\d{1,2})[\s-]+([a-z]{3})[a-z]*[\s-]+(\d{2,4})\s+(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?\s*([+-]\d{4}|[a-z]{1,5})?$/i;

const earliestMs = Date.UTC(1980, 0, 1);
const latestMs = Date.UTC(2100, 0, 1);

/**
 * Reads a Date field (RFC 5322 §3.3, with its obsolete forms) as ms since 1970. Undefined where it
 * is no such date, names a day that does not exist, or lies before 1980 or after 2099. MIME
 * parsers give the present time for an unreadable date, which looks right and is wrong.
 */
export function readHeaderDate(value: string): number | undefined {
  const plain = value.slice(0, 200).replace(/\([^()]*\)/g, ' ');
  const match = pattern.exec(plain.replace(/\s+/g, ' ').trim());
  if (match === null) return undefined;
  const [, day, monthName = '', yearText = '', hour, minute, second, zone = ''] = match;
  const month = months.indexOf(monthName.toLowerCase());
  const year = fullYear(yearText);
  const clock = [Number(hour), Number(minute), Number(second ?? 0)] as const;
  const midnight = Date.UTC(year, month, Number(day));
  const exists = month >= 0 && new Date(midnight).getUTCDate() === Number(day);
  // second 60 is a leap second
  if (!exists || clock[0] > 23 || clock[1] > 59 || clock[2] > 60) return undefined;
  const offset = offsetMinutes(zone.toLowerCase());
  const ms = midnight + ((clock[0] * 60 + clock[1] - offset) * 60 + clock[2]) * 1000;
  return ms >= earliestMs && ms < latestMs ? ms : undefined;
}

/** Years of two and three digits, as RFC 5322 §4.3 reads them. */
function fullYear(text: string): number {
  const year = Number(text);
  if (text.length === 2) return year < 50 ? 2000 + year : 1900 + year;
  return text.length === 3 ? 1900 + year : year;
}

function offsetMinutes(zone: string): number {
  const numeric = /^([+-])(\d{2})(\d{2})$/.exec(zone);
  if (numeric === null) return zones[zone] ?? 0;
  const minutes = Number(numeric[2]) * 60 + Number(numeric[3]);
  return numeric[1] === '-' ? -minutes : minutes;
}
