/**
 * Ascending UIDs as an IMAP sequence set (RFC 9051 §4.1.1), runs as ranges: `1:3,7`. Some servers
 * refuse long lists of single UIDs.
 */
export function uidSet(uids: readonly number[]): string {
  const ranges: { readonly first: number; last: number }[] = [];
  for (const uid of uids) {
    const range = ranges.at(-1);
    if (range !== undefined && uid === range.last + 1) range.last = uid;
    else ranges.push({ first: uid, last: uid });
  }
  return ranges
    .map(({ first, last }) => (first === last ? String(first) : `${first}:${last}`))
    .join(',');
}
