import { domainToASCII } from 'node:url';
import { headerTextProblem } from './header-text.ts';

/*
 * Whether a display name could be taken for something it is not. DMARC does not look at names (RFC 9989
 * §11.4), so this is all that stands between a stranger and "security@bank.example" as a name.
 *
 * Deceptive are: what no header may hold; an `@`; a domain other than the sender's own or one above it;
 * a word of mixed scripts, beyond the combinations that languages are written in (UTS #39 §5.2, "highly
 * restrictive"); a name written wholly in Cyrillic or Greek letters that look Latin; heaps of accents;
 * marks that imitate a mail program's own "verified" badge.
 */

/**
 * Whether a display name deceives.
 *
 * @param ownDomain domain of the sender's address, in A-labels: the one domain her name may hold
 */
export function looksDeceptive(name: string, ownDomain: string): boolean {
  if (headerTextProblem(name) !== undefined) return true;
  // Wide and small forms of @ and of the dot count as what they look like.
  const plain = name.normalize('NFKC').replace(/[\u3002\uff61]/gu, '.');
  return (
    plain.includes('@') ||
    holdsForeignDomain(plain, ownDomain) ||
    wordsOf(plain).some(isOfMixedScripts) ||
    looksLatinOnly(plain) ||
    heapedAccents.test(name.normalize('NFD')) ||
    badge.test(name)
  );
}

const heapedAccents = /(?:(?=\p{M})\p{Script_Extensions=Latin}|(?=\p{Mn})\p{Script=Inherited}){4}/u;
const badge = /[\u2611\u2705\u2713\u2714\u{1f5f8}\u{1f5f9}]/u;
/** Two labels or more, the last with two letters or more: "J.R.R." is none. */
const domainLike =
  /[\p{L}\p{N}\p{M}-]+(?:\.[\p{L}\p{N}\p{M}-]+)*\.(?:xn--[a-z0-9-]+|[\p{L}\p{M}]{2,})/giu;

function holdsForeignDomain(text: string, ownDomain: string): boolean {
  return (text.match(domainLike) ?? []).some((found) => {
    const domain = domainToASCII(found.toLowerCase());
    return domain !== ownDomain && !(domain !== '' && ownDomain.endsWith(`.${domain}`));
  });
}

function wordsOf(text: string): readonly string[] {
  return text.match(/[\p{L}\p{M}]+/gu) ?? [];
}

const latin = /\p{Script_Extensions=Latin}/u;
/** Scripts that one word may mix: each set is how a language is written. */
const scriptSets: readonly RegExp[] = [
  /^[\p{Script_Extensions=Latin}\p{Script=Inherited}\p{Script=Common}]*$/u,
  /^[\p{Script_Extensions=Latin}\p{Script_Extensions=Han}\p{Script_Extensions=Hiragana}\p{Script_Extensions=Katakana}\p{Script=Inherited}\p{Script=Common}]*$/u,
  /^[\p{Script_Extensions=Latin}\p{Script_Extensions=Han}\p{Script_Extensions=Bopomofo}\p{Script=Inherited}\p{Script=Common}]*$/u,
  /^[\p{Script_Extensions=Latin}\p{Script_Extensions=Han}\p{Script_Extensions=Hangul}\p{Script=Inherited}\p{Script=Common}]*$/u,
];

/** Scripts with letters that pass for those of another: these may stand in a word only alone. */
const loneScripts: readonly RegExp[] = [
  /\p{Script=Cyrillic}/u,
  /\p{Script=Greek}/u,
  /\p{Script=Armenian}/u,
  /\p{Script=Cherokee}/u,
  /\p{Script=Coptic}/u,
  /\p{Script=Georgian}/u,
  /\p{Script=Hebrew}/u,
  /\p{Script=Arabic}/u,
  /\p{Script=Thai}/u,
  /\p{Script=Devanagari}/u,
];

function isOfMixedScripts(word: string): boolean {
  if (scriptSets.some((set) => set.test(word))) return false;
  const used = loneScripts.filter((script) => script.test(word)).length;
  return used > 1 || latin.test(word);
}

// The letters of the two scripts that most fonts draw as Latin ones, from the confusables of UTS #39.
const latinLookalikes = /^[аеорсухіјѕһԁԛԝӏАВЕЗКМНОРСТУХІЈЅҺԚԜΑΒΕΖΗΙΚΜΝΟΡΤΥΧοριανυ]+$/u;

/** Whether no letter gives away that a name is in Cyrillic or Greek ("раураӏ"). */
function looksLatinOnly(text: string): boolean {
  const letters = wordsOf(text).join('');
  return latinLookalikes.test(letters);
}
