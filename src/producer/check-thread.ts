import {
  calendarProblem,
  type CalendarInvitation,
  type CalendarMethod,
} from '../mail/calendar-invitation.ts';
import { threadIdProblem } from '../mail/thread-id.ts';
import { shapeOf } from '../runtime/shape.ts';
import type { ProblemList } from './problem-list.ts';

const referencesMax = 100;

/** Reads `inReplyTo` and `references`, noting what is wrong with them. */
export function checkThread(
  source: Readonly<Record<string, unknown>>,
  problems: ProblemList,
): { inReplyTo?: string; references?: readonly string[] } {
  const { inReplyTo, references } = source as { inReplyTo?: unknown; references?: unknown };
  const parent = inReplyTo === undefined ? undefined : checkId(inReplyTo, 'inReplyTo', problems);
  if (references === undefined) return parent === undefined ? {} : { inReplyTo: parent };
  if (!Array.isArray(references) || references.length > referencesMax) {
    problems.add(
      'references',
      `must be a list of at most ${referencesMax}, is ${shapeOf(references)}`,
    );
    return {};
  }
  const ids = references.flatMap(
    (id: unknown, index) => checkId(id, `references[${index}]`, problems) ?? [],
  );
  return { references: ids, ...(parent === undefined ? {} : { inReplyTo: parent }) };
}

/** Reads an invitation, noting what is wrong with it. */
export function checkCalendar(
  value: unknown,
  problems: ProblemList,
): CalendarInvitation | undefined {
  if (value === undefined) return undefined;
  const { method, content } = (value ?? {}) as { method?: unknown; content?: unknown };
  if (typeof method !== 'string' || typeof content !== 'string') {
    problems.add('calendar', `must be {method, content}, is ${shapeOf(value)}`);
    return undefined;
  }
  const invitation = { method: method as CalendarMethod, content };
  const problem = calendarProblem(invitation);
  if (problem === undefined) return invitation;
  problems.add('calendar', problem);
  return undefined;
}

function checkId(value: unknown, field: string, problems: ProblemList): string | undefined {
  const problem =
    typeof value === 'string' ? threadIdProblem(value) : `must be a text, is ${shapeOf(value)}`;
  if (problem === undefined) return value as string;
  problems.add(field, problem);
  return undefined;
}
