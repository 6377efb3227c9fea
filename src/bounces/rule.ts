import type { BounceClass } from '../mail/bounce-class.ts';
import type { SmtpPhase } from './classification.ts';

/*
 * A rule is data: what a server says, and what it means. Rules of ours live in `rules/`, one file per
 * provider or theme; rules of users have the same form and come before ours.
 */

/**
 * How much a rule with phrases may decide. `strong`: these words have one meaning whatever the codes
 * say. `weak`: they mean it unless a specific code says otherwise. `last`: they are the last resort,
 * after everything that codes tell.
 */
export type RuleStrength = 'strong' | 'weak' | 'last';

/** One rule: all conditions that it names must hold. */
export interface BounceRule {
  /** `file.what`, e.g. `google.over-quota`; unique. */
  readonly id: string;
  readonly class: BounceClass;
  /** One sentence: why such a reply has this class. */
  readonly why: string;
  /** Default `strong`; in a provider's file the rule decides before all general ones. */
  readonly strength?: RuleStrength;
  /** One of these must be in the text (`phrase.ts` tells the language). */
  readonly phrases?: readonly string[];
  /** One of these must be there as well, anywhere. */
  readonly with?: readonly string[];
  /** None of these may be there. */
  readonly not?: readonly string[];
  /** Reply codes, e.g. `550`, all of a first digit, `4xx`, or `none` where there is no code. */
  readonly codes?: readonly string[];
  /** Enhanced codes: `5.7.26`, `x.7.26` of both digits, `x.7.60#` with any last digit, `x.6.*` all of a subject, `none` where there is none. */
  readonly enhanced?: readonly string[];
  /** Where in the session it was said. */
  readonly phases?: readonly SmtpPhase[];
  /** Whether the reply must come from the provider of the file: by its signature or as it was told. */
  readonly signed?: true;
  /** Replies of our own wording that this rule decides; at least one. */
  readonly examples: readonly string[];
  /** Replies that it must not decide. */
  readonly counterExamples?: readonly string[];
}

/** The rules of one provider or theme. */
export interface RuleFile {
  /** Also the first part of the rules' ids. */
  readonly name: string;
  /** `provider` rules decide before `theme` rules; `codes` rules have no phrases. */
  readonly kind: 'provider' | 'theme' | 'safe-codes' | 'codes';
  /** The provider as `ReplyToClassify.provider` names it, where it has a name there. */
  readonly provider?: string;
  /** Phrases that give the provider away. */
  readonly signatures?: readonly string[];
  readonly rules: readonly BounceRule[];
}
