/** Longest id of another mail that we repeat: Gmail refuses longer ones. */
const threadIdMax = 500;

/**
 * Why a text may not stand in In-Reply-To or References, or undefined where it may. Other programs'
 * ids are taken as they come, since they must be repeated exactly: angle brackets around printable
 * ASCII without white space, at most 500 characters (RFC 5322 §3.6.4, §4.5.4).
 */
export function threadIdProblem(id: string): string | undefined {
  if (id.length > threadIdMax) return `has over ${threadIdMax} characters`;
  if (!/^<[\x21-\x3b\x3d\x3f-\x7e]+>$/.test(id)) return 'is no message id like <id@host.example>';
  // Gmail refuses mail with encoded-words in these fields.
  return /=\?[^?]+\?[bq]\?/i.test(id) ? 'looks like an encoded-word' : undefined;
}
