import { bounceClasses, type BounceClass } from '../mail/bounce-class.ts';
import { adviceOf, classPolicies, type ClassAdvice } from './class-policy.ts';
import type {
  BounceEvidence,
  Classification,
  ReplyToClassify,
  SmtpPhase,
} from './classification.ts';
import { parsePhrase } from './phrase.ts';
import { PhraseMatcher } from './phrase-matcher.ts';
import { fitsCodes, keysOf } from './code-conditions.ts';
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

/** What follows from each class after a 4xx and after a 5xx, made once. */
const advices = Object.fromEntries(
  bounceClasses.map((name) => [name, [adviceOf(name, 4), adviceOf(name, 5)]]),
) as unknown as Readonly<Record<BounceClass, readonly [ClassAdvice, ClassAdvice]>>;

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

const none: readonly number[] = [];

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
  readonly phrases: readonly number[];
  readonly with: readonly number[];
  readonly not: readonly number[];
}

/** What a pair of codes says of all rules; kept, for replies have few different pairs. */
interface CodeFacts {
  /** By rule: 0 where it asks for other codes. */
  readonly fits: Uint8Array;
  /** Rules without phrases that ask for these codes, the best first. */
  readonly rules: readonly number[];
}

/** Makes a classifier; takes some 100 ms for all rules of ours, so make it once. */
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
  const byPhrase = Array.from({ length: matcher.phrases }, (): number[] => []);
  const byCode = new Map<string, number[]>();
  for (const [at, { rule, phrases }] of ranked.entries()) {
    for (const id of phrases) byPhrase[id]?.push(at);
    if (rule.phrases !== undefined) continue;
    for (const key of rule.enhanced ?? rule.codes ?? []) {
      byCode.set(key, [...(byCode.get(key) ?? []), at]);
    }
  }
  /** By phrase: 1 where it is in the text. */
  const isFound = new Uint8Array(matcher.phrases);
  const isAny = (ids: readonly number[]): boolean => {
    for (let i = 0; i < ids.length; i += 1) if (isFound[ids[i] as number] === 1) return true;
    return false;
  };
  const known = new Map<number, Map<string, CodeFacts>>();
  let knownPairs = 0;
  const factsOf = (codes: ReplyCodes): CodeFacts => {
    const { code = 0, enhancedCode = '' } = codes;
    const facts = known.get(code)?.get(enhancedCode);
    if (facts !== undefined) return facts;
    const fits = Uint8Array.from(ranked, ({ rule }) => (fitsCodes(rule, codes) ? 1 : 0));
    const rules = keysOf(codes)
      .flatMap((key) => byCode.get(key) ?? none)
      .filter((at) => fits[at] === 1)
      .sort((a, b) => a - b);
    if (knownPairs === knownCodesMax) {
      known.clear();
      knownPairs = 0;
    }
    knownPairs += 1;
    const ofCode = known.get(code) ?? new Map<string, CodeFacts>();
    known.set(code, ofCode.set(enhancedCode, { fits, rules }));
    return { fits, rules };
  };

  const classify = (reply: ReplyToClassify): Classification => {
    const given: unknown = reply.text;
    const text = typeof given === 'string' ? given.slice(0, longestText) : '';
    const codes = codesOf(reply, text);
    for (let i = 0; i < matcher.foundCount; i += 1) isFound[matcher.found[i] as number] = 0;
    matcher.match(text);
    for (let i = 0; i < matcher.foundCount; i += 1) isFound[matcher.found[i] as number] = 1;
    const { fits, rules } = factsOf(codes);
    const holds = (at: number): boolean => {
      if (fits[at] === 0) return false;
      const { rule, with: others, not, signatures, provider } = ranked[at] as RankedRule;
      if (rule.phases !== undefined && !isPhase(rule.phases, reply.phase)) return false;
      if (rule.signed === true) {
        const isTold = provider !== undefined && reply.provider === provider;
        if (!isTold && !isAny(signatures)) return false;
      }
      if (rule.with !== undefined && !isAny(others)) return false;
      return !isAny(not);
    };
    let best = ranked.length;
    let phrase = -1;
    for (let i = 0; i < matcher.foundCount; i += 1) {
      const id = matcher.found[i] as number;
      for (const at of byPhrase[id] ?? none) {
        if (at >= best || !holds(at)) continue;
        best = at;
        phrase = id;
      }
    }
    for (const at of rules) {
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
  return {
    rule,
    rank,
    provider,
    signatures,
    phrases: idsOf(rule.phrases),
    with: [...new Set(idsOf(rule.with))],
    not: [...new Set(idsOf(rule.not))],
  };
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

function isPhase(phases: readonly SmtpPhase[], phase: SmtpPhase | undefined): boolean {
  return phase !== undefined && phases.includes(phase);
}

function classification(
  ranked: RankedRule | undefined,
  codes: ReplyCodes,
  matched: string | undefined,
): Classification {
  const name = ranked?.rule.class ?? 'unknown';
  const digit = firstDigitOf(codes) ?? impliedDigit(ranked);
  const { nature, scope, retry, suppression, suppress } = advices[name][digit === 5 ? 1 : 0];
  const { code, enhancedCode } = codes;
  const evidence: { -readonly [Name in keyof BounceEvidence]: BounceEvidence[Name] } = {};
  if (code !== undefined) evidence.code = code;
  if (enhancedCode !== undefined) evidence.enhancedCode = enhancedCode;
  if (matched !== undefined) evidence.matched = matched;
  return {
    class: name,
    nature,
    scope,
    retry,
    suppression,
    suppress,
    action: digit === 5 ? 'failed' : 'delayed',
    confidence: ranked === undefined ? 0 : confidences[ranked.rank],
    rule: ranked?.rule.id ?? 'first-digit',
    evidence,
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
