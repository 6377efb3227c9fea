import { Readable } from 'node:stream';
import { parseSmtpReply, type SmtpReply } from '../mail/smtp-reply.ts';
import { messageOf } from '../runtime/errors.ts';
import { reasonOf, replyOf, type RelaySession } from './connect-relay.ts';
import { planEnvelope } from './envelope-commands.ts';
import type { Route } from './route.ts';
import type { Lane, LaneOpening, Submission, SubmitOutcome } from './submission.ts';

/*
 * The lane for a nodemailer we do not know: it speaks the transaction itself, at two to three times
 * the cost. The body is given to it as a stream, because it reads a stream only after the relay
 * answered 354: the first read is the exact moment before the body begins, and it waits until the
 * ledger has noted that. When the end of the message leaves it does not tell, so a message that was
 * begun may have arrived.
 */

/** Goes on with a session that nodemailer has made. */
export function openLibraryLane(route: Route, session: RelaySession): LaneOpening {
  const { connection, offers } = session;
  let failed: (error: unknown) => void = () => undefined;
  let usable = true;
  let carried = 0;
  let abortReason: string | undefined;
  session.onFailure((error) => {
    usable = false;
    failed(error);
  });

  const transact = async (submission: Submission): Promise<SubmitOutcome> => {
    const plan = planEnvelope(submission, offers, route);
    if (plan.kind === 'unsendable') return plan;
    try {
      submission.beforeMail?.();
    } catch (error) {
      return { kind: 'interrupted', error };
    }
    let bodyBegun = false;
    let refusal: { readonly error: unknown } | undefined;
    let asked: Promise<void> | undefined;
    const body = bodyStream(submission.message, async () => {
      try {
        asked = submission.beforeBody();
        await asked;
      } catch (error) {
        refusal = { error };
        throw error;
      }
      if (abortReason !== undefined) {
        refusal = { error: new Error(abortReason) };
        throw refusal.error;
      }
      // The connection may have died meanwhile; then nobody reads on.
      bodyBegun = usable;
    });
    const { mailFrom, rcptTo } = submission.envelope;
    const broken = (reason: string): SubmitOutcome => {
      return { kind: 'broken', bodyBegun, mayHaveArrived: bodyBegun, reason };
    };
    try {
      const response = await new Promise<string>((resolve, reject) => {
        failed = reject;
        connection.send(
          {
            from: mailFrom,
            to: [...rcptTo],
            use8BitMime: plan.eightBit,
            ...(plan.notices
              ? { dsn: { ret: 'HDRS', envid: submission.envelopeId, notify: 'FAILURE,DELAY' } }
              : {}),
          },
          body,
          (error, info) => (error ? reject(error) : resolve(info?.response ?? '')),
        );
      });
      const reply = parseSmtpReply(response);
      return reply === undefined
        ? broken('the relay answered without a reply code')
        : { kind: 'reply', reply };
    } catch (error) {
      // What it notes must not come after the outcome.
      await asked?.catch(() => undefined);
      if (refusal !== undefined) {
        // 354 was given, so the only way back that sends nothing is to cut the connection.
        close();
        return { kind: 'interrupted', error: refusal.error };
      }
      const reply = replyOf(error);
      if (reply !== undefined) {
        await leaveTransaction(reply);
        return { kind: 'reply', reply };
      }
      close();
      if (abortReason !== undefined && !bodyBegun) return { kind: 'interrupted', error };
      return broken(abortReason ?? reasonOf(error));
    } finally {
      failed = () => undefined;
      body.destroy();
    }
  };

  const close = (): void => {
    usable = false;
    connection.close();
  };

  // A refused MAIL, RCPT or DATA leaves the transaction open: the next MAIL would be refused.
  const leaveTransaction = async (reply: SmtpReply): Promise<void> => {
    if (reply.code === 421 || !usable) return close();
    try {
      await new Promise<void>((resolve, reject) => {
        failed = reject;
        connection.reset((error) => (error ? reject(error) : resolve()));
      });
    } catch {
      // The refusal stands; only this connection is spent.
      close();
    }
  };

  const lane: Lane = {
    async submit(submission) {
      const outcome = await transact(submission);
      carried += 1;
      return outcome;
    },
    get usable() {
      return usable;
    },
    chains: false,
    outOfStep: false,
    get carried() {
      return carried;
    },
    quit() {
      usable = false;
      connection.quit();
    },
    abort(reason) {
      abortReason = reason;
      usable = false;
      failed(new Error(reason));
      connection.close();
    },
  };
  return { kind: 'open', lane };
}

/** A stream of one buffer that waits for `before` when it is first read. */
function bodyStream(message: Buffer, before: () => Promise<void>): Readable {
  let asked = false;
  return new Readable({
    // One push hands out the whole message; no smaller reads.
    highWaterMark: message.byteLength + 1,
    read() {
      if (asked) return;
      asked = true;
      before().then(
        () => {
          this.push(message);
          this.push(null);
        },
        (error: unknown) =>
          this.destroy(Object.assign(new Error(messageOf(error)), { cause: error })),
      );
    },
  });
}
