import { findAddresses, sameAddressKey } from './addresses.ts';

/*
 * What a notice tells people about one of several recipients: the lines from where it names the address
 * up to where it names another.
 */

const passageMax = 1_500;

/** Texts about the addresses, the most telling first, the whole text last. */
export function passagesAbout(text: string, addresses: readonly (string | undefined)[]): string[] {
  const keys = new Set(addresses.filter((each) => each !== undefined).map(sameAddressKey));
  const found = findAddresses(text);
  const passages: string[] = [];
  let length = 0;
  for (const [index, { address, start }] of found.entries()) {
    if (!keys.has(sameAddressKey(address))) continue;
    const next = found
      .slice(index + 1, index + 30)
      .find((each) => !keys.has(sameAddressKey(each.address)));
    const from = text.lastIndexOf('\n', start) + 1;
    const to =
      next === undefined ? text.length : Math.max(from, text.lastIndexOf('\n', next.start));
    const passage = text.slice(from, Math.min(to, from + passageMax)).trim();
    if (length < 2 * passageMax) passages.push(passage);
    length += passage.length;
  }
  const all = text.trim();
  return all === '' ? passages : [...passages, all];
}
