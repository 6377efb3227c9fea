import type { ReplyCodes } from './reply-codes.ts';
import type { BounceRule } from './rule.ts';

/** Whether the codes are those that a rule asks for. */
export function fitsCodes(rule: BounceRule, codes: ReplyCodes): boolean {
  if (rule.codes !== undefined && !rule.codes.some((key) => isCode(key, codes))) return false;
  return rule.enhanced === undefined || rule.enhanced.some((key) => isEnhanced(key, codes));
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

/** Keys under which rules without phrases stand for these codes. */
export function keysOf({ code, enhancedCode }: ReplyCodes): string[] {
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
