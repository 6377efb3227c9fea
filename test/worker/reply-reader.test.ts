import { describe, expect, test } from '@jest/globals';
import { createReplyReader, readWireReply } from '../../src/worker/reply-reader.ts';

const stream = [
  '250 2.1.0 Ok\r\n',
  '250-relay.example\r\n250-PIPELINING\r\n250 SIZE 10\r\n',
  '354\r\n',
  '550-5.7.1 Nö\r\n550 5.7.1 way\r\n',
  '421 4.7.0 bye\n',
].join('');
const codes = [250, 250, 354, 550, 421];

describe('replies', () => {
  test('are the same wherever their bytes are cut', () => {
    const bytes = Buffer.from(stream);
    const cuts = (pieces: readonly Buffer[]) => {
      const reader = createReplyReader();
      return pieces.flatMap((piece) => {
        const { replies, error } = reader.push(piece);
        expect(error).toBeUndefined();
        return replies;
      });
    };
    const whole = cuts([bytes]);
    expect(whole.map(({ code }) => code)).toEqual(codes);
    for (let at = 0; at <= bytes.length; at += 1) {
      expect(cuts([bytes.subarray(0, at), bytes.subarray(at)])).toEqual(whole);
    }
    expect(cuts([...bytes].map((byte) => Buffer.from([byte])))).toEqual(whole);
    expect(whole[3] && readWireReply(whole[3])).toEqual({
      code: 550,
      enhancedCode: '5.7.1',
      text: 'Nö way',
    });
  });

  test('come out up to the place where something else begins', () => {
    const reader = createReplyReader();
    const reading = reader.push(Buffer.from('250 Ok\r\nHTTP/1.1 400 Bad\r\n250 Ok\r\n'));
    expect(reading.replies.map(({ code }) => code)).toEqual([250]);
    expect(reading.error).toMatch(/not an SMTP reply/);
    // Nothing after it is believed.
    expect(reader.push(Buffer.from('250 Ok\r\n'))).toMatchObject({ replies: [], error: /./ });
  });

  test.each([
    ['', '\r\n'],
    ['two digits', '25 Ok\r\n'],
    ['four digits', '2500 Ok\r\n'],
    ['a code that SMTP does not have', '600 Ok\r\n'],
    ['a code below all others', '150 Ok\r\n'],
    ['letters', 'Ok\r\n'],
    ['a space before the code', ' 250 Ok\r\n'],
    ['no space after the code', '250Ok\r\n'],
    ['two codes in one reply', '250-Ok\r\n550 No\r\n'],
    ['a line without code inside of a reply', '250-Ok\r\nmore\r\n250 Ok\r\n'],
  ])('are not guessed from %s', (_what, text) => {
    const { replies, error } = createReplyReader().push(Buffer.from(text));
    expect(replies).toEqual([]);
    expect(error).toBeDefined();
  });

  test.each([
    ['one line', () => Buffer.alloc(100, 'x')],
    ['many lines', () => Buffer.from('250-more\r\n')],
  ])('have a greatest size: %s without end', (_what, piece) => {
    const reader = createReplyReader(4096);
    let pushed = 0;
    let failure: string | undefined;
    while (failure === undefined && pushed < 10_000) {
      pushed += piece().byteLength;
      failure = reader.push(piece()).error;
    }
    expect(failure).toBe('a reply that does not end');
    expect(pushed).toBeLessThan(4096 * 1.2);
  });

  test('hold nothing that could break a log line or a terminal', () => {
    const hostile = '550 5.1.1 \u001b[2J\u001b]0;x\u0007a\rb\u009b31mc\u0000d\u2028e\r\n';
    const { replies } = createReplyReader().push(Buffer.from(hostile));
    const text = replies.map((reply) => readWireReply(reply).text).join('');
    expect(text).toMatch(/a b .*c d e$/);
    expect(text).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/);
    // Bytes that are no UTF-8 are no trouble either.
    const eightBit = Buffer.from('550 \xff\x9b\x80\r\n', 'latin1');
    const [reply] = createReplyReader().push(eightBit).replies;
    expect(reply && readWireReply(reply).text).toMatch(/^\ufffd+$/);
  });
});
