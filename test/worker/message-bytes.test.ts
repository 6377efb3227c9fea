import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { dotStuffed, endOfMessage, inspectMessage } from '../../src/worker/message-bytes.ts';
import { propertyRuns } from '../support/property-runs.ts';

describe('bytes that may not be sent', () => {
  test.each([
    ['a\nb\r\n', 'a line feed alone at byte 1'],
    ['a\rb\r\n', 'a carriage return alone at byte 1'],
    ['\n', 'a line feed alone at byte 0'],
    ['a\r', 'a carriage return alone at byte 1'],
    ['a\r\r\n', 'a carriage return alone at byte 1'],
    ['a\r\n\n', 'a line feed alone at byte 3'],
    ['a\r\n\r\n.\n', 'a line feed alone at byte 6'],
    ['a\r\nb\0c\r\n', 'a NUL at byte 4'],
  ])('%j', (text, fault) => {
    expect(inspectMessage(Buffer.from(text)).fault).toBe(fault);
  });

  test('are found exactly where they are', () => {
    const pieces = fc.constantFrom('\r\n', '\r', '\n', 'a', '.', '\0', 'ä');
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 30 }), (parts) => {
        const text = parts.join('');
        const faulty = /\r(?!\n)|(?<!\r)\n|\0/.test(text);
        expect(inspectMessage(Buffer.from(text)).fault !== undefined).toBe(faulty);
      }),
      propertyRuns(2_000),
    );
  });
});

test('8-bit text is seen, and where it stands', () => {
  const look = (text: string) => inspectMessage(Buffer.from(text));
  expect(look('a: b\r\n\r\nc')).toEqual({ eightBit: false, eightBitHeader: false });
  expect(look('a: b\r\n\r\nä')).toEqual({ eightBit: true, eightBitHeader: false });
  expect(look('a: ä\r\n\r\nc')).toEqual({ eightBit: true, eightBitHeader: true });
  expect(look('a: ä\r\n')).toEqual({ eightBit: true, eightBitHeader: true });
});

test('a receiver that undoes the dots has the message again', () => {
  const lines = fc.array(fc.constantFrom('', '.', '..', '.a', 'a.', 'x'), { maxLength: 20 });
  fc.assert(
    fc.property(lines, fc.boolean(), (parts, closed) => {
      const text = parts.join('\r\n') + (closed ? '\r\n' : '');
      const message = Buffer.from(text);
      const wire = dotStuffed(message).toString() + endOfMessage(message);
      // Nothing before the end may look like the end.
      expect(`\r\n${wire}`.indexOf('\r\n.\r\n')).toBe(wire.length - 3);
      const received = wire.slice(0, -3).replace(/(^|\r\n)\./g, '$1');
      expect(received).toBe(text === '' || text.endsWith('\r\n') ? text : `${text}\r\n`);
    }),
    propertyRuns(2_000),
  );
});
