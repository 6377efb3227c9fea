import { expect, test } from '@jest/globals';
import {
  checkSenderRequest,
  checkTimelineRequest,
  type SenderRequest,
  type TimelineRequest,
} from '../../src/history/history-requests.ts';

test('what a caller leaves out gets its default', () => {
  expect(checkTimelineRequest({ address: 'Bob@Dest.Example' })).toEqual({
    tenant: 'default',
    address: expect.stringMatching(/^bob@dest\.example$/i),
  });
  expect(checkTimelineRequest({ tenant: 'acme', address: 'b@c.example', limit: 7 })).toEqual({
    tenant: 'acme',
    address: 'b@c.example',
    limit: 7,
  });
  expect(checkSenderRequest({ name: ' Jane Doe ', address: 'jane@acme.example' })).toEqual({
    tenant: 'default',
    name: 'Jane Doe',
    address: 'jane@acme.example',
  });
});

test.each<readonly [TimelineRequest, readonly string[]]>([
  [{ address: 'bob' }, ['address']],
  [{ address: undefined as unknown as string }, ['address']],
  [{ address: 'bob', limit: 0 }, ['address', 'limit']],
  [{ address: 'b@c.example', limit: 1.5 }, ['limit']],
  [{ address: 'b@c.example', limit: 10_001 }, ['limit']],
])('timeline of %j is refused', (request, fields) => {
  expect(() => checkTimelineRequest(request)).toThrow(
    expect.objectContaining({
      code: 'INVALID_INPUT',
      problems: fields.map((field) => expect.objectContaining({ field })),
    }),
  );
});

test.each<readonly [SenderRequest, readonly string[]]>([
  [{ name: 'Jane', address: 'jane' }, ['address']],
  [{ name: ' ', address: 'jane@acme.example' }, ['name']],
  [{ name: 'Jane\r\nBcc: x', address: 'jane@acme.example' }, ['name']],
  [{ name: '', address: '', tenant: '' }, ['address', 'name', 'tenant']],
])('sender %j is refused', (request, fields) => {
  expect(() => checkSenderRequest(request)).toThrow(
    expect.objectContaining({
      code: 'INVALID_INPUT',
      problems: fields.map((field) => expect.objectContaining({ field })),
    }),
  );
});
