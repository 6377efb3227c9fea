import type { SmtpPhase } from '../bounces/classification.ts';
import type { SmtpReply } from '../mail/smtp-reply.ts';
import { dotStuffed, endOfMessage } from './message-bytes.ts';
import { readWireReply, type WireReply } from './reply-reader.ts';
import type { Submission, SubmitOutcome } from './submission.ts';
import type { Wire, WireDeath } from './wire.ts';

/*
 * One mail transaction (RFC 5321 §3.3) over a connection that is ready.
 *
 *   1. MAIL, every RCPT and DATA, in one write where the relay offers PIPELINING, else one by one;
 *      RSET in front of them where the transaction before was left open.
 *   2. The first recipient is whom the mail is for: its refusal refuses the mail. A further one gets
 *      a copy, and its refusal changes nothing.
 *   3. After 354 there is no command any more, only message text. So a mail that was refused before
 *      it is ended by a lone dot when nobody would get the empty message, else by cutting the
 *      connection.
 *   4. `beforeBody` is awaited; then the bytes go. The connection may die while it is awaited: the
 *      outcome still waits for it, so that what it notes cannot come after the outcome.
 *   5. A long body goes in pieces, each after the one before has left us, the dot with the last
 *      piece. Until that is written the relay cannot have the message, and everybody knows it.
 */

/** What the connection knows of the transactions on it. */
export interface TransactionHost {
  readonly wire: Wire;
  readonly pipelining: boolean;
  /** Whether transactions were carried on this connection before. */
  readonly reused: boolean;
  /** Why we cut the connection, if we did. */
  readonly abortReason: string | undefined;
  /** The whole message has been written: what follows it may ride along in the same write. */
  sent(): void;
  /** A reply came that does not fit what was asked. */
  fellOutOfStep(): void;
}

/** One transaction. */
export interface Transaction {
  /** `sent`: all bytes are written, the final reply is due. */
  readonly phase: 'new' | 'envelope' | 'ledger' | 'body' | 'sent' | 'ended';
  /** Whether its envelope was sent behind the body of another. */
  readonly chained: boolean;
  begin(how: { readonly resetFirst: boolean; readonly chained: boolean }): void;
  /** A reply came while none was due. */
  stray(reply: WireReply): void;
  died(death: WireDeath): void;
}

/** The commands of its envelope, each with its line end. */
export interface EnvelopeCommands {
  readonly mail: string;
  readonly recipients: readonly string[];
}

/** Pieces of a long body; TLS encrypts a piece at a time, and holds up everything else meanwhile. */
const pieceBytes = 256 * 1024;

type Stage = 'rset' | 'mail' | 'first-rcpt' | 'other-rcpt' | 'data';

const phases: Readonly<Record<Stage, SmtpPhase>> = {
  rset: 'mail',
  mail: 'mail',
  'first-rcpt': 'rcpt',
  'other-rcpt': 'rcpt',
  data: 'data',
};

/**
 * Prepares a transaction.
 *
 * @param ended called once with its outcome, and whether the relay still holds its envelope, so that
 *   RSET must come before another
 */
export function createTransaction(
  host: TransactionHost,
  commands: EnvelopeCommands,
  submission: Submission,
  ended: (outcome: SubmitOutcome, open: boolean) => void,
): Transaction {
  const { wire } = host;
  let phase: Transaction['phase'] = 'new';
  let chained = false;
  let steps: readonly { readonly stage: Stage; readonly line: string }[] = [];
  let step = 0;
  let refusal: { readonly stage: Stage; readonly reply: WireReply } | undefined;
  let strayed: WireReply | undefined;
  let bodyBegun = false;
  let mayHaveArrived = false;

  const end = (
    outcome: SubmitOutcome,
    then: { readonly open?: boolean; readonly cut?: string | undefined } = {},
  ): void => {
    if (phase === 'ended') return;
    phase = 'ended';
    // Cut first: nothing may begin on this connection when the end is known.
    if (then.cut !== undefined) wire.cut(then.cut);
    ended(outcome, then.open === true);
  };
  /** Which command the reply that ends it answers. */
  const phaseOf = (): SmtpPhase => {
    if (refusal === undefined && phase !== 'envelope') return 'dot';
    return phases[refusal?.stage ?? steps[step - 1]?.stage ?? 'mail'];
  };
  const endWith = (reply: WireReply, then: { open?: boolean; cut?: string } = {}): void => {
    // 421 at any place: the relay closes the connection (RFC 5321 §3.8).
    const cut = reply.code === 421 ? closing : then.cut;
    const told = { kind: 'reply', reply: readWireReply(reply), phase: phaseOf() } as const;
    end(told, { cut, open: then.open === true });
  };
  const endBroken = (reason: string): void => {
    const { abortReason } = host;
    if (abortReason !== undefined && !bodyBegun) {
      end({ kind: 'interrupted', error: new Error(abortReason) });
    } else {
      end({ kind: 'broken', bodyBegun, mayHaveArrived, reason: abortReason ?? reason });
    }
  };
  const outOfStep = (reply: WireReply): void => {
    host.fellOutOfStep();
    wire.cut(`the relay answered out of step: ${line(readWireReply(reply))}`);
  };

  const takeEnvelopeReply = (reply: WireReply): void => {
    const current = steps[step];
    step += 1;
    if (phase !== 'envelope' || current === undefined) return outOfStep(reply);
    const { stage } = current;
    const { code } = reply;
    // Postfix closes the session right after the refusal that was one too many; that came first.
    if (code === 421 && refusal !== undefined) return endWith(refusal.reply, { cut: closing });
    if (code === 421) {
      // Said to the first command on a connection that was idle, it is about the connection and
      // not about this mail, unless it asks us to slow down: another connection can take it.
      const parts = readWireReply(reply);
      const slowDown = parts.enhancedCode?.startsWith('4.7.') === true;
      const first = stage === 'rset' || stage === 'mail';
      if (!first || !host.reused || slowDown) return endWith(reply);
      return wire.cut(`the relay closed the session: ${line(parts)}`);
    }
    const granted = stage === 'data' ? code === 354 : code < 300;
    if (stage === 'mail' && code === 503 && host.reused && !chained) {
      // About the commands before, not about this mail: another connection can take it.
      return wire.cut(`the relay was not ready for MAIL: ${line(readWireReply(reply))}`);
    }
    if (!granted && (code < 400 || (chained && misunderstood.has(code)))) return outOfStep(reply);
    if (stage === 'rset' && !granted) return wire.cut('the relay refused RSET');
    if (!granted && stage !== 'other-rcpt') refusal ??= { stage, reply };
    if (stage === 'data') return decide(granted);
    if (host.pipelining) return;
    if (refusal === undefined) ask();
    else endWith(refusal.reply, { open: stage !== 'mail' });
  };

  /** All replies to the envelope are in. */
  const decide = (dataGranted: boolean): void => {
    if (refusal === undefined) {
      noteAndSend();
    } else if (!dataGranted) {
      endWith(refusal.reply, { open: refusal.stage !== 'mail' });
    } else if (refusal.stage === 'mail' || commands.recipients.length > 1) {
      endWith(refusal.reply, { cut: 'the relay took DATA after a refusal' });
    } else {
      const { reply } = refusal;
      wire.ask('.\r\n', 1, (answer) => endWith(reply, answer.code === 421 ? { cut: closing } : {}));
    }
  };

  const ask = (): void => {
    const { line: command } = steps[step] ?? { line: '' };
    wire.ask(command, 1, takeEnvelopeReply);
  };

  const noteAndSend = (): void => {
    phase = 'ledger';
    submission.beforeBody().then(
      () => {
        if (strayed !== undefined && strayed.code >= 400) endWith(strayed);
        else if (wire.dead !== undefined) endBroken(wire.dead.reason);
        else sendBody();
      },
      (error: unknown) => {
        // 354 was given, so the only way back that sends nothing is to cut the connection.
        end({ kind: 'interrupted', error }, { cut: 'the message was held back' });
      },
    );
  };

  const sendBody = (): void => {
    phase = 'body';
    bodyBegun = true;
    const body = dotStuffed(submission.message);
    const tail = endOfMessage(submission.message);
    wire.expect(1, takeFinalReply);
    const sendFrom = (at: number): void => {
      const next = at + pieceBytes;
      if (next < body.byteLength) {
        wire.send(body.subarray(at, next), () => sendFrom(next));
        return;
      }
      phase = 'sent';
      mayHaveArrived = true;
      wire.together(() => {
        wire.send(at === 0 ? body : body.subarray(at));
        wire.send(tail);
        host.sent();
      });
    };
    sendFrom(0);
  };

  const takeFinalReply = (reply: WireReply): void => {
    const { code } = reply;
    if (phase === 'sent') {
      // Refused by its smtpd_end_of_data_restrictions, Postfix keeps the envelope.
      if (code < 300 || code >= 400) return endWith(reply, { open: code >= 400 });
    } else if (code >= 400) {
      // Refused before all of it was there; what has gone is no whole message.
      return endWith(reply, { cut: 'the relay refused a message in mid-body' });
    }
    mayHaveArrived = true;
    outOfStep(reply);
  };

  return {
    get phase() {
      return phase;
    },
    get chained() {
      return chained;
    },
    begin(how) {
      try {
        submission.beforeMail?.();
      } catch (error) {
        return end({ kind: 'interrupted', error }, { open: how.resetFirst });
      }
      phase = 'envelope';
      chained = how.chained;
      steps = [
        ...(how.resetFirst ? [{ stage: 'rset', line: 'RSET\r\n' } as const] : []),
        { stage: 'mail', line: commands.mail },
        ...commands.recipients.map(
          (command, i) =>
            ({ stage: i === 0 ? 'first-rcpt' : 'other-rcpt', line: command }) as const,
        ),
        { stage: 'data', line: 'DATA\r\n' },
      ];
      if (!host.pipelining) return ask();
      wire.ask(steps.map((each) => each.line).join(''), steps.length, takeEnvelopeReply);
    },
    stray(reply) {
      strayed = reply;
      wire.cut(`the relay did not wait for the message: ${line(readWireReply(reply))}`);
    },
    died(death) {
      if (phase === 'ledger') return;
      // 521 closes the session (RFC 7504), and others close it as well: DATA is not answered then.
      if (death.kind === 'closed' && refusal !== undefined) endWith(refusal.reply);
      else endBroken(death.reason);
    },
  };
}

const closing = 'the relay closes the session';

/** What a relay says that has lost commands sent to it: unknown, not implemented, bad sequence. */
const misunderstood = new Set([500, 502, 503]);

function line(reply: SmtpReply): string {
  return `${reply.code} ${reply.text}`.slice(0, 200);
}
