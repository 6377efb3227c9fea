import { bodyTextProblem } from './body-text.ts';

/** What an invitation asks of a calendar (RFC 5546 §1.4). */
export type CalendarMethod =
  'PUBLISH' | 'REQUEST' | 'REPLY' | 'ADD' | 'CANCEL' | 'REFRESH' | 'COUNTER' | 'DECLINECOUNTER';

/** All calendar methods, for checks. */
export const calendarMethods: readonly CalendarMethod[] = [
  'PUBLISH',
  'REQUEST',
  'REPLY',
  'ADD',
  'CANCEL',
  'REFRESH',
  'COUNTER',
  'DECLINECOUNTER',
];

/** An invitation, or a change of one, that travels with a message. */
export interface CalendarInvitation {
  readonly method: CalendarMethod;
  /** An iCalendar object (RFC 5545) whose METHOD is `method`. */
  readonly content: string;
}

/**
 * Why something may not be a message's invitation, or undefined where it may. Calendars ignore one
 * whose METHOD is not the method of its part (RFC 6047 §2.4).
 */
export function calendarProblem({ method, content }: CalendarInvitation): string | undefined {
  if (!calendarMethods.includes(method))
    return `has a method other than ${calendarMethods.join(', ')}`;
  if (!/^BEGIN:VCALENDAR\r?\n/i.test(content) || !/\nEND:VCALENDAR\s*$/i.test(content)) {
    return 'is no iCalendar object from BEGIN:VCALENDAR to END:VCALENDAR';
  }
  const stated = [...content.matchAll(/^METHOD(?:;[^:\r\n]*)?:([^\r\n]*)/gim)];
  if (stated.length !== 1 || stated[0]?.[1]?.trim().toUpperCase() !== method) {
    return `has no METHOD:${method} line, or another one`;
  }
  return bodyTextProblem(content);
}
