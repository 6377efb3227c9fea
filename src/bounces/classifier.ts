import { adviceOf, classPolicies } from './class-policy.ts';
import type { Classification, ReplyToClassify, SmtpPhase } from './classification.ts';
import { parsePhrase } from './phrase.ts';
import { PhraseMatcher } from './phrase-matcher.ts';
import { codesOf, firstDigitOf, type ReplyCodes } from './reply-codes.ts';
import { longestText } from './reply-words.ts';
import type { BounceRule, RuleFile } from './rule.ts';
import { noise } from './rules/noise.ts';
import { vocabulary } from './vocabulary.ts';

/*
 * Which rule decides. The order: rules of users; provider rules; strong text; the few codes that have
 * one meaning in practice; weak text; all other codes; the last words; the first digit. Among rules of
 * one rank the first in the list wins.
 */

/** How sure a decision is, by what it rests on. */
const confidences = {
  user: 0.99,
  provider: 0.95,
  strong: 0.9,
  'safe-codes': 0.8,
  weak: 0.6,
  codes: 0.4,
  last: 0.3,
} as const;

/** Pairs of codes whose rules are kept at hand. */
const knownCodesMax = 1_000;

type Rank = keyof typeof confidences;
/** Ranks of words that have one meaning. */
const plainRanks: ReadonlySet<Rank> = new Set(['user', 'provider', 'strong']);
const ranks: readonly Rank[] = [
  'user',
  'provider',
  'strong',
  'safe-codes',
  'weak',
  'codes',
  'last',
];

/** Classifies replies by a set of rules. */
export interface ReplyClassifier {
  /** What a reply, or what a report quotes of one, means. Never throws. */
  readonly classify: (reply: ReplyToClassify) => Classification;
  /** Work of the engine for the last reply, in steps that take constant time; for tests. */
  readonly work: () => number;
}

interface RankedRule {
  readonly rule: BounceRule;
  readonly rank: Rank;
  readonly provider: string | undefined;
  readonly signatures: readonly number[];
  readonly with: readonly number[];
  readonly not: readonly number[];
}

/** Makes a classifier; takes some 50 ms for all rules of ours, so make it once. */
export function makeClassifier(
  userRules: readonly BounceRule[],
  files: readonly RuleFile[],
): ReplyClassifier {
  const matcher = new PhraseMatcher(
    files.flatMap(({ rules }) => rules.flatMap((rule) => rule.examples)),
  );
  const idsOf = (phrases: readonly string[] = []): number[] =>
    phrases.flatMap((phrase) => {
      const parsed = parsePhrase(phrase, vocabulary);
      // Ours are tested, those of users are checked before: see `compile-rules.ts`.
      return parsed.kind === 'phrase' ? parsed.variants.map((chunks) => matcher.add(chunks)) : [];
    });
  for (const words of noise) {
    const parsed = parsePhrase(words, vocabulary);
    if (parsed.kind === 'phrase') for (const chunks of parsed.variants) matcher.addNoise(chunks);
  }
  const ranked = rankedRules(userRules, files, idsOf);
  const byPhrase: number[][] = [];
  const byCode = new Map<string, number[]>();
  for (const [at, { rule }] of ranked.entries()) {
    for (const id of idsOf(rule.phrases)) (byPhrase[id] ??= []).push(at);
    if (rule.phrases !== undefined) continue;
    for (const key of rule.enhanced ?? rule.codes ?? []) {
      byCode.set(key, [...(byCode.get(key) ?? []), at]);
    }
  }
  const isFound: boolean[] = [];
  const known = new Map<string, readonly number[]>();
  /** Rules without phrases that may hold for these codes, the best first. */
  const rulesOf = (codes: ReplyCodes): readonly number[] => {
    const pair = `${codes.code ?? ''} ${codes.enhancedCode ?? ''}`;
    let found = known.get(pair);
    if (found === undefined) {
      found = keysOf(codes)
        .flatMap((key) => byCode.get(key) ?? [])
        .sort((a, b) => a - b);
      if (known.size === knownCodesMax) known.clear();
      known.set(pair, found);
    }
    return found;
  };

  const classify = (reply: ReplyToClassify): Classification => {
    const text = String(reply.text ?? '').slice(0, longestText);
    const codes = codesOf(reply, text);
    for (const id of matcher.found) isFound[id] = false;
    matcher.match(text);
    for (const id of matcher.found) isFound[id] = true;
    const holds = (at: number): boolean => {
      const { rule, with: others, not, signatures, provider } = ranked[at] as RankedRule;
      if (rule.codes !== undefined && !rule.codes.some((key) => isCode(key, codes))) return false;
      if (rule.enhanced !== undefined && !rule.enhanced.some((key) => isEnhanced(key, codes))) {
        return false;
      }
      if (rule.phases !== undefined && !isPhase(rule.phases, reply.phase)) return false;
      if (rule.signed === true) {
        const isTold = provider !== undefined && reply.provider === provider;
        if (!isTold && !signatures.some((id) => isFound[id])) return false;
      }
      if (rule.with !== undefined && !others.some((id) => isFound[id])) return false;
      return !not.some((id) => isFound[id]);
    };
    let best = ranked.length;
    let phrase = -1;
    for (const id of matcher.found) {
      for (const at of byPhrase[id] ?? []) {
        if (at >= best || !holds(at)) continue;
        best = at;
        phrase = id;
      }
    }
    for (const at of rulesOf(codes)) {
      if (at >= best) break;
      if (!holds(at)) continue;
      best = at;
      phrase = -1;
    }
    const matched = phrase === -1 ? undefined : matcher.spanOf(phrase, text);
    return classification(ranked[best], codes, matched);
  };
  return { classify, work: () => matcher.work };
}

function rankedRules(
  userRules: readonly BounceRule[],
  files: readonly RuleFile[],
  idsOf: (phrases?: readonly string[]) => number[],
): RankedRule[] {
  const all = userRules.map((rule): RankedRule =>
    rankedRule(rule, rankOf('user', rule), undefined, [], idsOf),
  );
  for (const file of files) {
    const signatures = idsOf(file.signatures);
    for (const rule of file.rules) {
      all.push(rankedRule(rule, rankOf(file.kind, rule), file.provider, signatures, idsOf));
    }
  }
  // Stable: rules of one rank stay in the order of the list.
  return all.sort((a, b) => ranks.indexOf(a.rank) - ranks.indexOf(b.rank));
}

function rankedRule(
  rule: BounceRule,
  rank: Rank,
  provider: string | undefined,
  signatures: readonly number[],
  idsOf: (phrases?: readonly string[]) => number[],
): RankedRule {
  return { rule, rank, provider, signatures, with: idsOf(rule.with), not: idsOf(rule.not) };
}

function rankOf(kind: RuleFile['kind'] | 'user', rule: BounceRule): Rank {
  if (rule.strength === 'weak' || rule.strength === 'last') return rule.strength;
  return kind === 'theme' ? 'strong' : kind;
}

/** A rule with what follows from its place. */
export interface RankedRuleNote {
  readonly file: string;
  readonly rule: BounceRule;
  /** What it rests on: of a provider, strong words, safe codes, weak words, codes, last words. */
  readonly rank: string;
  readonly confidence: number;
}

/** All rules of files in the order in which they decide. */
export function rankedFiles(files: readonly RuleFile[]): readonly RankedRuleNote[] {
  return files
    .flatMap((file) =>
      file.rules.map((rule) => ({ file: file.name, rule, rank: rankOf(file.kind, rule) })),
    )
    .sort((a, b) => ranks.indexOf(a.rank) - ranks.indexOf(b.rank))
    .map((note) => ({ ...note, confidence: confidences[note.rank] }));
}

function isCode(key: string, { code }: ReplyCodes): boolean {
  if (code === undefined) return key === 'none';
  return key.endsWith('xx') ? Math.floor(code / 100) === Number(key[0]) : code === Number(key);
}

function isEnhanced(key: string, { enhancedCode }: ReplyCodes): boolean {
  if (enhancedCode === undefined) return key === 'none';
  const wanted = key.startsWith('x') ? key.slice(1) : key;
  const given = key.startsWith('x') ? enhancedCode.slice(1) : enhancedCode;
  if (wanted.endsWith('*')) return given.startsWith(wanted.slice(0, -1));
  const kept = wanted.indexOf('#');
  if (kept === -1) return given === wanted;
  return given.length === wanted.length && given.startsWith(wanted.slice(0, kept));
}

function isPhase(phases: readonly SmtpPhase[], phase: SmtpPhase | undefined): boolean {
  return phase !== undefined && phases.includes(phase);
}

/** Keys under which rules without phrases stand for these codes. */
function keysOf({ code, enhancedCode }: ReplyCodes): string[] {
  const keys: string[] = [];
  if (enhancedCode !== undefined) {
    const subject = enhancedCode.split('.', 2).join('.');
    const forms = [
      enhancedCode,
      enhancedCode.replace(/\d$/, '#'),
      enhancedCode.replace(/\d\d$/, '##'),
      `${subject}.*`,
    ];
    for (const form of forms) keys.push(form, `x${form.slice(1)}`);
  }
  if (code !== undefined) keys.push(String(code), `${Math.floor(code / 100)}xx`);
  return keys;
}

function classification(
  ranked: RankedRule | undefined,
  codes: ReplyCodes,
  matched: string | undefined,
): Classification {
  const name = ranked?.rule.class ?? 'unknown';
  const digit = firstDigitOf(codes) ?? impliedDigit(ranked);
  return {
    class: name,
    ...adviceOf(name, digit),
    action: digit === 5 ? 'failed' : 'delayed',
    confidence: ranked === undefined ? 0 : confidences[ranked.rank],
    rule: ranked?.rule.id ?? 'first-digit',
    evidence: { ...codes, ...(matched === undefined ? {} : { matched }) },
  };
}

/**
 * The digit of a text without any code. Only a bounce mail has such a text, so what it says plainly
 * of something permanent counts as 5; all else as none.
 */
function impliedDigit(ranked: RankedRule | undefined): 5 | undefined {
  if (ranked === undefined || !plainRanks.has(ranked.rank)) return undefined;
  return classPolicies[ranked.rule.class].nature === 'permanent' ? 5 : undefined;
}
