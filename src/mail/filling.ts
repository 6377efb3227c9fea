import type { Mailbox } from './address.ts';

/** What one send of a template has for itself: with the content it makes the message. */
export interface Filling {
  /** Stands in the To field; its address is the recipient of the send. */
  readonly to: Mailbox;
  /** The subject as it is sent: filled once, so that whoever has no template engine knows it. */
  readonly subject: string;
  /** The values of the template's variables, by name; bounded by {@link variablesProblem}. */
  readonly variables: Readonly<Record<string, string>>;
}

/** Most bytes of all variables of a send together, as JSON: they travel in its job and its events. */
const variablesBytesMax = 2048;

/** Why a text may not be the name of a variable, or undefined where it may. */
export function variableNameProblem(name: string): string | undefined {
  return /^[A-Za-z][A-Za-z0-9_]{0,63}$/.test(name)
    ? undefined
    : 'is no name of a variable: a letter, then at most 63 letters, digits or underscores';
}

/** Why these may not be the variables of a send, all together, or undefined where they may. */
export function variablesProblem(variables: Readonly<Record<string, string>>): string | undefined {
  return Buffer.byteLength(JSON.stringify(variables)) > variablesBytesMax
    ? `are larger than ${variablesBytesMax} bytes of JSON together`
    : undefined;
}

/** The filling that a job or an event carries; undefined where it is of no template. */
export function fillingOf({ to, subject, variables }: Partial<Filling>): Filling | undefined {
  return to === undefined || subject === undefined || variables === undefined
    ? undefined
    : { to, subject, variables };
}
