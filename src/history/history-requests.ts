import { readAddress, type EmailAddress } from '../mail/address.ts';
import { headerTextProblem } from '../mail/header-text.ts';
import { validationError, type Problem } from '../runtime/errors.ts';
import type { NewSender } from './store/senders.ts';
import type { TimelineCursor, TimelineQuery } from './store/timeline.ts';

/** Which page of whose timeline is wanted. */
export interface TimelineRequest {
  /** The customer organisation; default `default`. */
  readonly tenant?: string;
  /** One of the contact's addresses. */
  readonly address: string;
  /** Most lines of the page, 1 to 10,000; default 50. */
  readonly limit?: number;
  /** `next` of the page before; default: the newest lines. */
  readonly before?: TimelineCursor;
}

/** A sender to register. */
export interface SenderRequest {
  /** The customer organisation; default `default`. */
  readonly tenant?: string;
  readonly name: string;
  readonly address: string;
}

const limitMax = 10_000;

/**
 * Checks what a caller asks of a timeline.
 *
 * @throws OnbehalfError `INVALID_INPUT`
 */
export function checkTimelineRequest(request: TimelineRequest): TimelineQuery {
  const { tenant = 'default', address: text, limit, before } = request;
  const problems: Problem[] = [];
  const address = checkAddress(text, problems);
  if (limit !== undefined && !(Number.isInteger(limit) && limit >= 1 && limit <= limitMax)) {
    problems.push({ field: 'limit', message: `must be a whole number from 1 to ${limitMax}` });
  }
  if (address === undefined || problems.length > 0) {
    throw validationError('INVALID_INPUT', 'timeline()', problems);
  }
  return {
    tenant,
    address,
    ...(limit === undefined ? {} : { limit }),
    ...(before === undefined ? {} : { before }),
  };
}

/**
 * Checks a sender to register.
 *
 * @throws OnbehalfError `INVALID_INPUT` with every problem
 */
export function checkSenderRequest(request: SenderRequest): NewSender {
  const problems: Problem[] = [];
  const { tenant = 'default' } = request;
  const address = checkAddress(request.address, problems);
  const name = String(request.name).trim();
  const nameProblem = name === '' ? 'is empty' : headerTextProblem(name);
  if (nameProblem !== undefined) problems.push({ field: 'name', message: nameProblem });
  if (tenant === '') problems.push({ field: 'tenant', message: 'is empty' });
  if (address === undefined || problems.length > 0) {
    throw validationError('INVALID_INPUT', 'addSender()', problems);
  }
  return { tenant, name, address };
}

function checkAddress(text: string, problems: Problem[]): EmailAddress | undefined {
  const reading = readAddress(String(text));
  if (reading.ok) return reading.address;
  problems.push({ field: 'address', message: `the address ${reading.reason}` });
  return undefined;
}
