import { isAsciiAddress, readAddress, splitMailbox, type Mailbox } from '../mail/address.ts';
import { headerTextProblem } from '../mail/header-text.ts';
import { shapeOf } from '../runtime/shape.ts';
import type { ProblemList } from './problem-list.ts';

const nameLengthMax = 250;

/**
 * Reads one mailbox, noting what is wrong with it.
 *
 * @param mayBeInternational whether letters outside ASCII may stand before the @: only in From, where
 *   an alias stands in for such an address; default false
 */
export function checkMailbox(
  value: unknown,
  field: string,
  problems: ProblemList,
  mayBeInternational = false,
): Mailbox | undefined {
  const parts = typeof value === 'string' ? splitMailbox(value) : partsOf(value);
  if (parts === undefined) {
    problems.add(
      field,
      `must be like "Jane Doe <jane@acme.example>" or {name, address}, is ${shapeOf(value)}`,
    );
    return undefined;
  }
  const reading = readAddress(parts.address);
  if (!reading.ok) {
    problems.add(field, `the address ${reading.reason}; give one like jane@acme.example`);
    return undefined;
  }
  if (!mayBeInternational && !isAsciiAddress(reading.address)) {
    problems.add(field, 'the part before the @ is not ASCII, which few mail servers accept');
    return undefined;
  }
  if (parts.name === undefined) return { address: reading.address };
  const nameProblem =
    parts.name.length > nameLengthMax
      ? `has over ${nameLengthMax} characters`
      : headerTextProblem(parts.name);
  if (nameProblem !== undefined) problems.add(field, `the name ${nameProblem}`);
  return { name: parts.name, address: reading.address };
}

/** Reads one mailbox or a list of them; none is an empty list. */
export function checkMailboxes(value: unknown, field: string, problems: ProblemList): Mailbox[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) {
    const one = checkMailbox(value, field, problems);
    return one === undefined ? [] : [one];
  }
  return value.flatMap((each, index) => checkMailbox(each, `${field}[${index}]`, problems) ?? []);
}

function partsOf(value: unknown): { name?: string; address: string } | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const { name, address } = value as { name?: unknown; address?: unknown };
  if (typeof address !== 'string') return undefined;
  if (name === undefined || name === '') return { address };
  return typeof name === 'string' ? { name, address } : undefined;
}
