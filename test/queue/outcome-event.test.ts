import { expect, test } from '@jest/globals';
import { eventIdOf, parseOutcomeEvent } from '../../src/queue/outcome-event.ts';
import { sampleEvent, sampleJob } from './sample-send.ts';

const job = sampleJob();
const full = sampleEvent(job, 3, {
  from: 'jane@acme.example',
  state: 'waiting',
  result: 'deferred',
  nextAt: 5,
  mode: 'on-behalf',
  route: 'default',
  reply: { code: 451, enhancedCode: '4.7.1', text: 'Greylisted' },
  reason: 'because',
});

test('reads what was written, with and without what is optional', () => {
  expect(parseOutcomeEvent(JSON.stringify(full))).toEqual(full);
  const { result: _result, ...bare } = sampleEvent(job, 1, { state: 'expired' });
  expect(parseOutcomeEvent(JSON.stringify(bare))).toEqual(bare);
  const ofTemplate = {
    ...full,
    to: { address: job.recipient },
    subject: 'Hi',
    variables: { a: 'b' },
  };
  expect(parseOutcomeEvent(JSON.stringify(ofTemplate))).toEqual(ofTemplate);
  const plain = { ...full, reply: { code: 250, text: '' } };
  expect(parseOutcomeEvent(JSON.stringify(plain))).toEqual(plain);
});

test('its id is of the send and the attempt', () => {
  expect(full.eventId).toBe(`${job.sendId}.3`);
  expect(eventIdOf(job.sendId, 4)).not.toBe(full.eventId);
});

test.each<[string, unknown]>([
  ['eventId', ''],
  ['sendId', 'x'],
  ['messageId', null],
  ['tenant', 1],
  ['kind', 'x'],
  ['attempt', 1.5],
  ['result', 'perhaps'],
  ['state', 'gone'],
  ['at', '2026'],
  ['nextAt', -1],
  ['mode', 'hidden'],
  ['route', ''],
  ['reason', ''],
  ['from', 3],
  // Beside the two others of a filling.
  ['to', { address: 'eve@dest.example' }],
  ['subject', null],
  ['variables', { name: 1 }],
])('names the field %s when it is %p', (field, value) => {
  const to = { address: job.recipient };
  const whole = { ...full, to, subject: 'Hi', variables: {} };
  expect(() => parseOutcomeEvent(JSON.stringify({ ...whole, [field]: value }))).toThrow(
    expect.objectContaining({
      code: 'INVALID_EVENT',
      problems: [expect.objectContaining({ field })],
    }),
  );
});

test.each([
  ['no JSON', '{'],
  ['no object', '1'],
  ['a reply without a code', JSON.stringify({ ...full, reply: { text: 'hm' } })],
  ['a reply that is none', JSON.stringify({ ...full, reply: 'ok' })],
])('refuses %s', (_what, json) => {
  expect(() => parseOutcomeEvent(json)).toThrow(expect.objectContaining({ code: 'INVALID_EVENT' }));
});

test('a newer version is told apart from damage', () => {
  expect(() => parseOutcomeEvent(JSON.stringify({ ...full, v: 2 }))).toThrow(
    expect.objectContaining({ code: 'NEWER_VERSION' }),
  );
});
