/** Labels from which a walk up the tree jumps, and the most names it asks (RFC 9989 §4.10). */
const labelsMax = 8;

/**
 * A domain and the names above it, longest first, at most 8: from one of more than 8 labels the
 * names above begin at its last 7.
 */
export function domainAndAncestors(domain: string): readonly string[] {
  const labels = domain.split('.');
  const above = labels.slice(Math.max(1, labels.length - (labelsMax - 1)));
  return [domain, ...above.map((_label, index) => above.slice(index).join('.'))];
}
