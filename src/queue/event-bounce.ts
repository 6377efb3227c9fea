import { bounceClasses } from '../mail/bounce-class.ts';
import type { EventBounce } from './outcome-event.ts';
import { FieldReader, type Unchecked } from './reading.ts';

/**
 * Reads what an event says of a failure.
 *
 * @throws OnbehalfError `INVALID_EVENT` naming all fields at fault
 */
export function readEventBounce(value: unknown): EventBounce {
  const fields = new FieldReader(recordOf(value));
  const bounce = {
    class: fields.oneOf('class', bounceClasses),
    rule: fields.text('rule'),
    ...(fields.has('suppression')
      ? { suppression: readSuppression(recordOf(value)['suppression']) }
      : {}),
  };
  fields.finish('INVALID_EVENT', 'bounce of an event');
  return bounce;
}

function readSuppression(value: unknown): NonNullable<EventBounce['suppression']> {
  const fields = new FieldReader(recordOf(value));
  const kind = fields.oneOf('kind', ['now', 'after']);
  const days = fields.has('days') ? { days: fields.count('days') } : {};
  const advice =
    kind === 'now'
      ? { kind, of: fields.oneOf('of', ['address', 'pair', 'domain']), ...days }
      : { kind, count: fields.count('count'), withinDays: fields.count('withinDays'), ...days };
  fields.finish('INVALID_EVENT', 'suppression of an event');
  return advice;
}

function recordOf(value: unknown): Unchecked {
  return typeof value === 'object' && value !== null ? (value as Unchecked) : {};
}
