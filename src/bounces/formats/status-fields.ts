import { type HeaderFields, readFieldList } from '../mime/header-fields.ts';

/*
 * The body of a message/delivery-status part (RFC 3464 §2): one group of fields about the message, then one
 * for each recipient. As it occurs: groups without a blank line between them, and with too many.
 */

/** Fields of a delivery status part. */
export interface StatusGroups {
  readonly message: HeaderFields;
  readonly recipients: readonly HeaderFields[];
}

const recipientsMax = 1_000;
const starts = new Set(['final-recipient', 'original-recipient']);
const ofRecipient = new Set([
  'action',
  'status',
  'remote-mta',
  'diagnostic-code',
  'final-log-id',
  'will-retry-until',
]);

/** Reads the groups of a delivery status part. Linear; never throws. */
export function readStatusGroups(body: string): StatusGroups {
  const message = new Map<string, string[]>();
  const groups: Map<string, string[]>[] = [];
  let current: Map<string, string[]> | undefined;
  let at = 0;
  while (at < body.length && groups.length < recipientsMax) {
    const { list, end } = readFieldList(body, at, body.length);
    let first = true;
    for (const [name, value] of list) {
      const begins = starts.has(name)
        ? current === undefined || current.has(name) || (first && hasRecipient(current))
        : current === undefined && ofRecipient.has(name);
      if (begins) {
        current = new Map();
        groups.push(current);
      }
      if (starts.has(name)) first = false;
      const into = current ?? message;
      const values = into.get(name);
      if (values === undefined) into.set(name, [value]);
      else values.push(value);
    }
    at = end > at ? end : lineAfter(body, at);
  }
  return { message, recipients: groups };
}

const hasRecipient = (group: HeaderFields) =>
  group.has('final-recipient') || group.has('original-recipient');

function lineAfter(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end === -1 ? text.length : end + 1;
}
