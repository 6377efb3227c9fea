import type { EmailAddress } from '../mail/address.ts';
import { headerTextProblem } from '../mail/header-text.ts';
import { variableNameProblem, variablesProblem, type Filling } from '../mail/filling.ts';
import type { FieldReader } from './reading.ts';

const fillingFields = ['to', 'subject', 'variables'] as const;

/** Reads the fields of a filling from a job or an event: all of them or, where none is there, none. */
export function readFilling(fields: FieldReader, recipient: string): Partial<Filling> {
  if (!fillingFields.some((field) => fields.has(field))) return {};
  return {
    to: fields.valueOf('to', 'the mailbox of the recipient', (value) => {
      const { address, name } = (value ?? {}) as Readonly<Record<string, unknown>>;
      if (address !== recipient) return undefined;
      if (name === undefined) return { address: recipient as EmailAddress };
      const isName = typeof name === 'string' && headerTextProblem(name) === undefined;
      return isName ? { name, address: recipient as EmailAddress } : undefined;
    }) ?? { address: recipient as EmailAddress },
    subject: fields.valueOf('subject', 'a text', textOf) ?? '',
    variables: fields.valueOf('variables', 'a small object of texts', variablesOf) ?? {},
  };
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function variablesOf(value: unknown): Filling['variables'] | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  for (const [name, text] of Object.entries(value)) {
    if (typeof text !== 'string' || variableNameProblem(name) !== undefined) return undefined;
  }
  const variables = value as Filling['variables'];
  return variablesProblem(variables) === undefined ? variables : undefined;
}
