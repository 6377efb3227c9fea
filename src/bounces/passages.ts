import { findAddresses, sameAddressKey } from './addresses.ts';

/*
 * What a notice tells people about one of several recipients: the lines from where it names the address
 * up to where it names another recipient.
 */

/** Texts about the addresses, the most telling first, the whole text last. */
export type Passages = (addresses: readonly (string | undefined)[]) => string[];

const passageMax = 1_500;
const passagesMax = 4;
const aboveMax = 500;

/**
 * Prepares a text, once for all its recipients.
 *
 * @param recipients all of them; other addresses end no passage
 */
export function createPassages(
  text: string,
  recipients: readonly (string | undefined)[],
): Passages {
  const known = new Set(recipients.map((each) => sameAddressKey(each ?? '')));
  const found = findAddresses(text, 400).filter(({ address }) =>
    known.has(sameAddressKey(address)),
  );
  const keys = found.map(({ address }) => sameAddressKey(address));
  const places = new Map<string, number[]>();
  for (const [index, key] of keys.entries()) {
    const so = places.get(key);
    if (so === undefined) places.set(key, [index]);
    else if (so.length < passagesMax) so.push(index);
  }
  const all = text.trim();

  return (addresses) => {
    const wanted = new Set(addresses.filter((each) => each !== undefined).map(sameAddressKey));
    const passages: string[] = [];
    const before: string[] = [];
    for (const index of [...wanted].flatMap((key) => places.get(key) ?? []).slice(0, passagesMax)) {
      let next = index + 1;
      while (next < index + 30 && wanted.has(keys[next] ?? '')) next += 1;
      const from = startOfAbout(text, text.lastIndexOf('\n', found[index]?.start ?? 0) + 1);
      const end = found[next]?.start ?? text.length;
      const to = end === text.length ? end : Math.max(from, text.lastIndexOf('\n', end));
      const passage = text.slice(from, Math.min(to, from + passageMax)).trim();
      if (passage !== '') passages.push(passage);
      // "Reason: mailbox full ⏎ Address: a@b": the lines above, as long as they name nobody else.
      const blank = text.lastIndexOf('\n\n', from);
      const last = found[index - 1]?.end ?? 0;
      const start = Math.max(0, blank, from - aboveMax);
      if (last <= start && from > start) before.push(text.slice(start, from).trim());
    }
    return all === '' ? passages : [...passages, ...before.slice(0, 1), all];
  };
}

/** In a transcript the server's answer stands above the line that names whom it hit: "<<< 550 …⏎554 <a@b>… ". */
function startOfAbout(text: string, lineStart: number): number {
  let at = lineStart;
  for (let lines = 0; lines < 4 && at > 0; lines += 1) {
    at = text.lastIndexOf('\n', at - 2) + 1;
    if (text.startsWith('<<< ', at)) return at;
    if (!/^[45]\d\d [^@\n]{0,200}\n/.test(text.slice(at, at + 210))) break;
  }
  return lineStart;
}
