import { expect, test } from '@jest/globals';
import { assembleInPlace, assembleMessage } from '../../src/headers/assemble-message.ts';

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

test('in place where there is room: the same bytes, and not one more of the memory is touched', () => {
  const head = 'From: a@b.example\r\n';
  const body = Buffer.from('x\r\n');
  const signatures = ['S: 1\r\n'];
  const wanted = assembleMessage({ head, body }, signatures);
  const needed = wanted.length - body.length;
  for (const headRoom of [0, needed - 1, needed, needed + 5]) {
    const memory = Buffer.alloc(7 + headRoom + body.length, '#');
    body.copy(memory, 7 + headRoom);
    const rendered = { head, body: memory.subarray(7 + headRoom), headRoom };
    const message = assembleInPlace(rendered, signatures);
    expect(message.toString('latin1')).toBe(wanted.toString('latin1'));
    expect(message.buffer === memory.buffer).toBe(headRoom >= needed);
    const untouched = headRoom >= needed ? 7 + headRoom - needed : 7 + headRoom;
    expect(memory.toString('latin1', 0, untouched)).toBe('#'.repeat(untouched));
  }
});
