import { expect, test } from '@jest/globals';
import { assembleMessage } from '../../src/headers/assemble-message.ts';

test('puts signatures, head, an empty line and the body together, byte by byte', () => {
  const rendered = {
    head: 'From: a@b.example\r\nTo: c@d.example\r\n',
    body: Buffer.from('.x\r\n'),
  };
  expect(assembleMessage(rendered, []).toString('latin1')).toBe(
    'From: a@b.example\r\nTo: c@d.example\r\n\r\n.x\r\n',
  );
  expect(assembleMessage(rendered, ['S: 1\r\n', 'S: 2\r\n']).toString('latin1')).toBe(
    'S: 1\r\nS: 2\r\nFrom: a@b.example\r\nTo: c@d.example\r\n\r\n.x\r\n',
  );
});
