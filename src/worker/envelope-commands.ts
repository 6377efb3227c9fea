import type { SmtpReply } from '../mail/smtp-reply.ts';
import { endOfMessage, inspectMessage } from './message-bytes.ts';
import type { RelayOffers } from './relay-offers.ts';
import type { Submission } from './submission.ts';

/** Why a message cannot go over a route, known before the relay is asked. */
export type UnsendableProblem =
  /** Larger than the relay takes (SIZE, RFC 1870) or the route allows. */
  | 'too-big'
  /** Has 8-bit text, and the relay does not offer 8BITMIME (RFC 6152). */
  | 'needs-8bitmime'
  /** Has an address or header beyond ASCII, and the relay does not offer SMTPUTF8 (RFC 6531). */
  | 'needs-smtputf8'
  /** Holds bytes that may not be sent at all: a bare CR or LF, a NUL; by no route. */
  | 'broken-bytes';

/** The commands of an envelope, or why there are none. */
export type EnvelopePlan =
  | {
      readonly kind: 'ready';
      /** The MAIL command. */
      readonly mail: string;
      /** The RCPT commands. */
      readonly recipients: readonly string[];
      /** Whether it declares 8-bit text. */
      readonly eightBit: boolean;
      /** Whether it asks for delivery notices. */
      readonly notices: boolean;
    }
  | {
      readonly kind: 'unsendable';
      readonly problem: UnsendableProblem;
      readonly reason: string;
      /** What a relay would have said (RFC 3463), for those who classify replies. */
      readonly reply: SmtpReply;
    };

/** What limits a message besides what the relay offers. */
export interface EnvelopeLimits {
  readonly messageBytesMax?: number;
}

/**
 * Makes the MAIL and RCPT commands of a submission, each with its line end, with what the relay
 * offers and the message needs.
 */
export function planEnvelope(
  submission: Submission,
  offers: RelayOffers,
  limits: EnvelopeLimits,
): EnvelopePlan {
  const { envelope, message, envelopeId } = submission;
  const bytes = submission.inspected ?? inspectMessage(message);
  if (bytes.fault !== undefined) {
    return unsendable('broken-bytes', 554, '5.6.0', `the message holds ${bytes.fault}`);
  }
  const addresses = [envelope.mailFrom, ...envelope.rcptTo];
  if (addresses.some((address) => unsafeInPath.test(address)) || envelope.rcptTo.length === 0) {
    return unsendable('broken-bytes', 554, '5.1.0', 'an address of the envelope cannot be sent');
  }
  const sizeMax = Math.min(offers.sizeBytesMax ?? Infinity, limits.messageBytesMax ?? Infinity);
  // The line end that closes the message counts as well, also where we add it.
  const size = message.byteLength + endOfMessage(message).length - 3;
  if (size > sizeMax) {
    const reason = `the message has ${size} bytes, and no more than ${sizeMax} may go this way`;
    return unsendable('too-big', 552, '5.3.4', reason);
  }
  const beyondAscii = addresses.some((address) => /[^\x21-\x7e]/.test(address));
  const utf8 = beyondAscii || bytes.eightBitHeader;
  if (utf8 && !offers.smtpUtf8) {
    const what = beyondAscii ? 'an address' : 'the header';
    const reason = `${what} is not ASCII, and the relay does not offer SMTPUTF8`;
    return unsendable('needs-smtputf8', 553, '5.6.7', reason);
  }
  if (bytes.eightBit && !offers.eightBitMime) {
    const reason = 'the message has 8-bit text, and the relay does not offer 8BITMIME';
    return unsendable('needs-8bitmime', 554, '5.6.3', reason);
  }
  // A message without return path must cause no notices (RFC 3461 §4.3 leaves it to us).
  const notices = offers.dsn && envelope.mailFrom.length > 0;
  const mail = [
    `MAIL FROM:<${envelope.mailFrom}>`,
    ...(offers.size ? [`SIZE=${size}`] : []),
    ...(bytes.eightBit ? ['BODY=8BITMIME'] : []),
    ...(utf8 ? ['SMTPUTF8'] : []),
    ...(notices ? ['RET=HDRS'] : []),
    ...(notices && envelopeId !== undefined ? [`ENVID=${xtext(envelopeId)}`] : []),
  ];
  const notify = notices ? ' NOTIFY=FAILURE,DELAY' : '';
  return {
    kind: 'ready',
    mail: `${mail.join(' ')}\r\n`,
    recipients: envelope.rcptTo.map((address) => `RCPT TO:<${address}>${notify}\r\n`),
    eightBit: bytes.eightBit,
    notices,
  };
}

/** What would end a path, or a command. */
const unsafeInPath = /[\s<>\u0000-\u001f\u007f-\u009f]/;

/** Text as the value of an ESMTP parameter (RFC 3461 §4). */
function xtext(text: string): string {
  return Buffer.from(text)
    .toString('latin1')
    .replace(/[^\x21-\x2a\x2c-\x3c\x3e-\x7e]/g, (character) => {
      const hex = character.charCodeAt(0).toString(16).toUpperCase();
      return `+${hex.padStart(2, '0')}`;
    });
}

function unsendable(
  problem: UnsendableProblem,
  code: number,
  enhancedCode: string,
  reason: string,
): EnvelopePlan {
  return { kind: 'unsendable', problem, reason, reply: { code, enhancedCode, text: reason } };
}
