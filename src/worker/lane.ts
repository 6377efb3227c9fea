import type { Socket } from 'node:net';
import { connectRelay } from './connect-relay.ts';
import { planEnvelope } from './envelope-commands.ts';
import { openLibraryLane } from './library-lane.ts';
import type { RelayOffers } from './relay-offers.ts';
import type { Route } from './route.ts';
import type { Lane, LaneOpening, Submission, SubmitOutcome } from './submission.ts';
import { takeSocket, whySocketCannotBeTaken } from './take-socket.ts';
import { createTransaction, type Transaction, type TransactionHost } from './transaction.ts';
import { createWire } from './wire.ts';

export type { Lane, LaneOpening, Submission, SubmitOutcome } from './submission.ts';

/*
 * A lane is one connection to a relay: nodemailer connects, secures and logs in, then the socket is
 * ours and transactions follow one another on it. Two may be in hand: while the first waits for its
 * final reply, the envelope of the second is on its way already (RFC 2920 §3.1 allows the message
 * text to be the first of a group of commands), which saves a round trip for each message. The
 * second body still waits for its own 354, and so can never be sent by mistake.
 */

/** Whether this process can speak transactions itself; looked at once. */
let whyNot: { readonly reason: string | undefined } | undefined;

/** Why mail goes through nodemailer's own, slower transaction; undefined where it does not. */
export function whyLibraryLane(): string | undefined {
  whyNot ??= { reason: whySocketCannotBeTaken() };
  return whyNot.reason;
}

/** Connects, secures and logs in; never rejects. */
export async function openLane(route: Route): Promise<LaneOpening> {
  const session = await connectRelay(route);
  if (session.kind !== 'ready') return session;
  if (whyLibraryLane() !== undefined) return openLibraryLane(route, session);
  const socket = takeSocket(session.connection);
  if (socket === undefined) {
    session.connection.close();
    return { kind: 'broken', reason: 'the relay closed the session, or spoke without being asked' };
  }
  return { kind: 'open', lane: createLane(socket, session.offers, route) };
}

/** A lane over a socket that is ready for MAIL. */
function createLane(
  socket: Socket,
  offers: RelayOffers,
  route: Pick<Route, 'replyTimeoutMs' | 'chaining' | 'messageBytesMax'>,
): Lane {
  const turns: Transaction[] = [];
  let carried = 0;
  let transactionOpen = false;
  let leaving = false;
  let outOfStep = false;
  let abortReason: string | undefined;

  const wire = createWire(socket, route.replyTimeoutMs, {
    stray(reply) {
      const turn = turns[0];
      if (turn?.phase === 'ledger') return turn.stray(reply);
      // Before anything was asked; mostly a 421 to an idle connection.
      if (reply.code !== 421) outOfStep = true;
      wire.cut(`the relay said ${reply.code} without being asked`);
    },
    died(death) {
      // Commands that rode behind a body and were never answered: the relay may have lost them.
      const unanswered = turns.some((turn) => turn.chained && turn.phase === 'envelope');
      if ((death.kind === 'silent' && unanswered) || death.kind === 'protocol') outOfStep = true;
      for (const turn of turns.slice()) turn.died(death);
    },
  });
  const chains = offers.pipelining && route.chaining === 'auto';
  const usable = (): boolean => wire.dead === undefined && !leaving;

  /** Begins what can begin now. */
  const advance = (): void => {
    const [first, second] = turns;
    if (first?.phase === 'new') {
      const resetFirst = transactionOpen;
      transactionOpen = false;
      first.begin({ resetFirst, chained: false });
    } else if (first?.phase === 'sent' && second?.phase === 'new' && chains && !outOfStep) {
      // RSET, for the first may yet be refused, and some keep its envelope then: Postfix's smtpd
      // even crashes at a RCPT that comes after such a refusal.
      second.begin({ resetFirst: true, chained: true });
    }
  };
  const host: TransactionHost = {
    wire,
    pipelining: offers.pipelining,
    get reused() {
      return carried > 0;
    },
    get abortReason() {
      return abortReason;
    },
    sent: advance,
    fellOutOfStep() {
      outOfStep = true;
    },
  };

  const submit = (submission: Submission, settle: (outcome: SubmitOutcome) => void): void => {
    if (!usable()) {
      if (abortReason !== undefined) {
        return settle({ kind: 'interrupted', error: new Error(abortReason) });
      }
      const reason = wire.dead?.reason ?? 'the connection is being closed';
      return settle({ kind: 'broken', bodyBegun: false, mayHaveArrived: false, reason });
    }
    const plan = planEnvelope(submission, offers, route);
    if (plan.kind === 'unsendable') return settle(plan);
    const turn = createTransaction(host, plan, submission, (outcome, open) => {
      turns.splice(turns.indexOf(turn), 1);
      carried += 1;
      transactionOpen ||= open;
      settle(outcome);
      if (wire.dead === undefined) advance();
    });
    turns.push(turn);
    advance();
  };

  return {
    async submit(submission) {
      return new Promise((resolve) => submit(submission, resolve));
    },
    get usable() {
      return usable();
    },
    get chains() {
      return chains && !outOfStep && usable();
    },
    get outOfStep() {
      return outOfStep;
    },
    get carried() {
      return carried;
    },
    quit() {
      leaving = true;
      wire.quit();
    },
    abort(reason) {
      abortReason ??= reason;
      wire.cut(reason);
    },
  };
}
