import type { BodyText } from '../mail/body-text.ts';
import { variableNameProblem, variablesProblem } from '../mail/filling.ts';
import { shapeOf } from '../runtime/shape.ts';
import { compileTemplate, type Variables } from '../templates/compile-template.ts';
import { printableName, type ProblemList } from './problem-list.ts';

/** Reads the variables of a template; undefined where none are given, so it is no template. */
export function checkVariables(value: unknown, problems: ProblemList): Variables | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    problems.add('variables', `must be an object of texts and numbers, is ${shapeOf(value)}`);
    return undefined;
  }
  const variables: Record<string, string> = {};
  for (const [name, given] of Object.entries(value) as [string, unknown][]) {
    const text = typeof given === 'number' && Number.isFinite(given) ? String(given) : given;
    const problem =
      variableNameProblem(name) ??
      (typeof text === 'string' ? undefined : `must be a text or a number, is ${shapeOf(given)}`);
    if (problem !== undefined) problems.add(`variables.${printableName(name)}`, problem);
    // One that is no text is there all the same: a template that uses it is not at fault.
    variables[name] = typeof text === 'string' ? text : '';
  }
  const problem = variablesProblem(variables);
  if (problem !== undefined) problems.add('variables', problem);
  return variables;
}

/** Which text of a mail it is. */
export type TextField = 'subject' | 'text' | 'html';

/** Makes of a text what will be sent. */
export type Fill = (text: string, field: TextField) => BodyText;

/**
 * How the texts of a mail are filled: as they are where there are no variables. A template that cannot
 * be filled is noted, and empty from there on.
 */
export function filler(variables: Variables | undefined, problems: ProblemList): Fill {
  if (variables === undefined) return (text) => text;
  return (text, field) => {
    const compiled = compileTemplate(text, field === 'html' ? 'html' : 'none');
    if (!compiled.ok) {
      for (const problem of compiled.problems) problems.add(field, problem);
      return '';
    }
    const filled = compiled.template.fill(variables);
    if (filled.ok) return filled.text;
    problems.add(field, filled.problem);
    return '';
  };
}

/** A template goes to one recipient at a time, who stands in To. */
export function checkOneRecipient(
  counts: Readonly<Record<'to' | 'cc' | 'bcc', number>>,
  problems: ProblemList,
): void {
  const { to, cc, bcc } = counts;
  const advice = 'a mail with variables goes to one recipient, in to; call send() once for each';
  if (to > 1) problems.add('to', `has ${to} recipients: ${advice}`);
  if (cc > 0) problems.add('cc', `must be left out: ${advice}`);
  if (bcc > 0) problems.add('bcc', `must be left out: ${advice}`);
}
