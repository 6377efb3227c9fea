import type { FromDomainFacts } from '../mail/domain-facts.ts';
import { chooseMode, type ModeChoice } from '../mail/choose-mode.ts';
import type { ModeFacts } from '../mail/mode-facts.ts';

/** Choices remembered for one domain; then all of it are forgotten, which costs one choice each. */
const choicesMax = 200;

/**
 * The choice by what DNS says of the domain in From, which is the same object for as long as it holds,
 * and by a text of everything else that the choice depends on.
 */
const known = new WeakMap<FromDomainFacts, Map<string, ModeChoice>>();

/**
 * The same as `chooseMode`, which gives an equal choice for equal facts, with its sentences put together
 * once: the mails of a domain mostly differ in nothing that matters here.
 */
export function rememberedMode(from: FromDomainFacts, others: Omit<ModeFacts, 'from'>): ModeChoice {
  let choices = known.get(from);
  if (choices === undefined) {
    choices = new Map();
    known.set(from, choices);
  }
  const key = JSON.stringify(others);
  const found = choices.get(key);
  if (found !== undefined) return found;
  const choice = chooseMode({ from, ...others });
  if (choices.size >= choicesMax) choices.clear();
  choices.set(key, choice);
  return choice;
}
