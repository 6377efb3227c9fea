import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import {
  openLane,
  type Lane,
  type LaneOpening,
  type SubmitOutcome,
} from '../../src/worker/lane.ts';
import { resolveRoute, type RouteOptions } from '../../src/worker/route.ts';
import { addressOf } from '../queue/sample-send.ts';
import { makeCertificate } from '../support/certificate.ts';
import { atEnd } from '../support/leftovers.ts';
import { startPolicyService, type PolicyQuestion } from '../support/policy-service.ts';
import { startPostfix, whyNoPostfix, type Postfix } from '../support/postfix.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { eventually } from '../support/wait-for.ts';

/*
 * The endings of `lane-endings.test.ts` against Postfix itself. A policy service stands at every
 * stage of its sessions: it refuses there, or tells the test that Postfix is there and waits.
 * Postfix's own log says what it accepted.
 */

const missing = whyNoPostfix();
const wherePossible = missing === undefined ? describe : describe.skip; // Postfix is not everywhere
if (missing !== undefined) process.stderr.write(`skipped: the lane against Postfix: ${missing}\n`);

type Stage = 'MAIL' | 'RCPT' | 'DATA' | 'END-OF-MESSAGE';
const stages: readonly Stage[] = ['MAIL', 'RCPT', 'DATA', 'END-OF-MESSAGE'];

/** An smtpd that waits in the middle of a session. */
interface Held {
  readonly pid: number;
  readonly goOn: () => void;
}

let refusedSession: { readonly state: string; readonly action: string } | undefined;
let trap: { readonly stage: Stage; readonly caught: (held: Held) => void } | undefined;
/** The smtpd that asked last. */
let lastPid: number | undefined;

/** A sender `refuse.<stage>.<code>` is refused there; `hold` is held where the trap is. */
function answer({ state, sender, pid }: PolicyQuestion): Promise<string> | string {
  lastPid = pid;
  if (pid === undefined) return 'DUNNO';
  if (refusedSession?.state === state) return refusedSession.action;
  const [what, stage, code = ''] = sender.split('@', 1).join('').split('.');
  if (what === 'refuse' && stage === state) return `${code} ${code.slice(0, 1)}.7.1 No`;
  if (what !== 'hold' || trap?.stage !== state) return 'DUNNO';
  const { caught } = trap;
  trap = undefined;
  return new Promise((resolve) => caught({ pid, goOn: () => resolve('DUNNO') }));
}

/** Sends a signal to the smtpd that asked last. */
function signalLast(signal: NodeJS.Signals): void {
  if (lastPid === undefined) throw new Error('no smtpd has asked');
  process.kill(lastPid, signal);
}

/** Resolves when Postfix is at this stage with a message of the sender `hold`. */
async function heldAt(stage: Stage): Promise<Held> {
  return new Promise((caught) => {
    trap = { stage, caught };
  });
}

const certificate = makeCertificate();
const ways = [
  { name: 'chained', port: 0, route: {} },
  { name: 'pipelined', port: 0, route: { chaining: 'off' } },
  { name: 'step by step', port: 1, route: {} },
  { name: 'chained over TLS', port: 2, route: { requireTls: true } },
] as const;
const fewErrors = 3;
const impatient = 4;

async function startWorld(): Promise<Postfix> {
  const policy = await startPolicyService(answer);
  atEnd(async () => policy.stop());
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'key.pem'), certificate.key);
  writeFileSync(join(folder, 'cert.pem'), certificate.cert);
  const ask = `check_policy_service inet:127.0.0.1:${policy.port}`;
  return startPostfix(
    {
      smtpd_delay_reject: 'no',
      smtpd_client_restrictions: ask,
      smtpd_helo_restrictions: ask,
      smtpd_sender_restrictions: ask,
      smtpd_recipient_restrictions: `${ask}, reject_unauth_destination`,
      smtpd_data_restrictions: ask,
      smtpd_end_of_data_restrictions: ask,
      header_checks: 'regexp:{{/^X-Refuse:/ REJECT 5.7.1 No}}',
      smtpd_error_sleep_time: '0',
    },
    [
      {},
      { smtpd_discard_ehlo_keywords: 'pipelining' },
      {
        smtpd_tls_security_level: 'encrypt',
        smtpd_tls_key_file: join(folder, 'key.pem'),
        smtpd_tls_cert_file: join(folder, 'cert.pem'),
      },
      { smtpd_hard_error_limit: '1' },
      { smtpd_timeout: '1s' },
    ],
  );
}
const world = missing === undefined ? await startWorld() : undefined;
const postfix = (): Postfix => {
  if (world === undefined) throw new Error(missing);
  return world;
};

async function openAt(index: number, more: Partial<RouteOptions> = {}): Promise<LaneOpening> {
  const port = postfix().ports[index] ?? 0;
  const trust = { tlsAuthorities: certificate.cert, replyTimeoutMs: 5_000 };
  const route = resolveRoute({ host: '127.0.0.1', port, ...trust, ...more }, 'crm.example');
  const opening = await openLane(route);
  if (opening.kind === 'open') lanes.push(opening.lane);
  return opening;
}

async function laneAt(index: number, more: Partial<RouteOptions> = {}): Promise<Lane> {
  return eventually(
    async () => {
      const opening = await openAt(index, more);
      return opening.kind === 'open' && opening.lane;
    },
    { what: 'a session' },
  );
}

const lanes: Lane[] = [];
afterEach(() => {
  for (const lane of lanes.splice(0)) lane.abort('end');
});

let messageCount = 0;

interface Mail {
  readonly messageId: string;
  readonly outcome: Promise<SubmitOutcome>;
}

interface MailOptions {
  readonly header?: string;
  readonly size?: number;
  readonly beforeBody?: () => Promise<void>;
  readonly to?: string;
}

function submit(lane: Lane, sender: string, more: MailOptions = {}): Mail {
  messageCount += 1;
  const messageId = `<${messageCount}@crm.example>`;
  const header = `${more.header ?? ''}Message-ID: ${messageId}\r\n`;
  const outcome = lane.submit({
    envelope: {
      mailFrom: addressOf(`${sender}@bounce.crm.example`),
      rcptTo: [addressOf(more.to ?? 'bob@dest.example')],
    },
    message: Buffer.from(`${header}\r\n${'x\r\n'.repeat((more.size ?? 30) / 3)}`),
    envelopeId: `${messageCount}`,
    beforeBody: more.beforeBody ?? (async () => undefined),
  });
  return { messageId, outcome };
}

/** Submits another behind the first where the lane chains, else after it; waits for both. */
async function withAnother(lane: Lane, first: Mail): Promise<readonly SubmitOutcome[]> {
  const early = lane.chains ? submit(lane, 'ok') : undefined;
  const outcome = await first.outcome;
  const second = early ?? submit(lane, 'ok');
  const outcomes = [outcome, await second.outcome];
  await expectTruth([first.messageId, second.messageId], outcomes);
  return outcomes;
}

/** Whether Postfix accepted what it is said to have accepted, once, and nothing else. */
async function expectTruth(
  messageIds: readonly string[],
  outcomes: readonly SubmitOutcome[],
): Promise<void> {
  // The log has told of all that came before when it has told of this one.
  const last = submit(await laneAt(0), 'ok');
  expect(await last.outcome).toMatchObject(accepted);
  await postfix().left(last.messageId);
  const queued = postfix().queued();
  const untrue = outcomes.filter((outcome, index) => {
    const queueIds = queued.get(messageIds[index] ?? '') ?? [];
    if (outcome.kind === 'broken' && outcome.mayHaveArrived) return queueIds.length > 1;
    if (outcome.kind !== 'reply' || outcome.reply.code !== 250) return queueIds.length > 0;
    return !outcome.reply.text.endsWith(`queued as ${queueIds.join(' and ')}`);
  });
  expect(untrue).toEqual([]);
}

const accepted = { kind: 'reply', reply: { code: 250 } };
const refused = (code: number) => ({ kind: 'reply', reply: { code } });
const lost = { kind: 'broken', bodyBegun: false, mayHaveArrived: false };
const uncertain = { kind: 'broken', bodyBegun: true, mayHaveArrived: true };

wherePossible('Postfix', () => {
  describe.each(ways)('$name', ({ port, route }) => {
    test.each(stages)('a refusal at %s is told as it is', async (stage) => {
      for (const code of [550, 450, 521, 421]) {
        const lane = await laneAt(port, route);
        const outcomes = await withAnother(lane, submit(lane, `refuse.${stage}.${code}`));
        // 421 and 521 close the session (RFC 5321 §3.8, RFC 7504).
        const second = code % 100 === 21 ? lost : accepted;
        expect(outcomes).toMatchObject([refused(code), second]);
        expect(lane.outOfStep).toBe(false);
      }
    });

    test('a header that is not liked is refused after the dot', async () => {
      const lane = await laneAt(port, route);
      const first = submit(lane, 'ok', { header: 'X-Refuse: yes\r\n' });
      expect(await withAnother(lane, first)).toMatchObject([refused(550), accepted]);
    });

    test.each(stages)('a death at %s', async (stage) => {
      const lane = await laneAt(port, route);
      const held = heldAt(stage);
      const first = submit(lane, 'hold');
      const outcomes = withAnother(lane, first);
      process.kill((await held).pid, 'SIGKILL');
      const ending = stage === 'END-OF-MESSAGE' ? uncertain : lost;
      expect(await outcomes).toMatchObject([ending, lost]);
    });

    test.each(stages)('silence at %s, and it goes on when we have left', async (stage) => {
      const lane = await laneAt(port, { ...route, replyTimeoutMs: 400 });
      const held = heldAt(stage);
      const first = submit(lane, 'hold');
      const { goOn } = await held;
      const outcome = await first.outcome;
      goOn();
      const atDot = stage === 'END-OF-MESSAGE';
      expect(outcome).toMatchObject(atDot ? uncertain : lost);
      // This is why such an end is uncertain: what we know nothing of has arrived.
      if (atDot) await postfix().left(first.messageId);
      else await expectTruth([first.messageId], [outcome]);
    });

    test('a death while the ledger is asked', async () => {
      const lane = await laneAt(port, route);
      const beforeBody = async (): Promise<void> => {
        signalLast('SIGKILL');
        await eventually(() => !lane.usable, { what: 'the end of the connection' });
      };
      expect(await withAnother(lane, submit(lane, 'ok', { beforeBody }))).toMatchObject([
        lost,
        lost,
      ]);
    });

    test('an smtpd that stops in the middle of a long body has certainly not got it', async () => {
      const lane = await laneAt(port, { ...route, replyTimeoutMs: 500 });
      const beforeBody = async (): Promise<void> => signalLast('SIGSTOP');
      const first = submit(lane, 'ok', { beforeBody, size: 9_000_000 });
      const outcome = await first.outcome;
      signalLast('SIGKILL');
      expect(outcome).toMatchObject({ kind: 'broken', bodyBegun: true, mayHaveArrived: false });
      await expectTruth([first.messageId], [outcome]);
    });

    test('a long body, 8-bit text, an address beyond ASCII and a notice request go through', async () => {
      const lane = await laneAt(port, { ...route, replyTimeoutMs: 30_000 });
      const long = submit(lane, 'ok', { size: 3_000_000, header: 'Subject: grüße\r\n' });
      expect(await withAnother(lane, long)).toMatchObject([accepted, accepted]);
      const beyondAscii = submit(lane, 'ok', { to: 'jürgen@dest.example' });
      expect(await withAnother(lane, beyondAscii)).toMatchObject([accepted, accepted]);
    });

    test('what is larger than Postfix says is not even tried', async () => {
      const lane = await laneAt(port, route);
      const first = submit(lane, 'ok', { size: 12_000_000 });
      const tooBig = { kind: 'unsendable', problem: 'too-big' };
      expect(await withAnother(lane, first)).toMatchObject([tooBig, accepted]);
    });
  });

  test.each([
    ['CONNECT', '554 5.7.1 No', 554],
    ['CONNECT', '421 4.7.0 No', 421],
    ['EHLO', '421 4.7.0 No', 421],
  ])('a session refused at %s with %s', async (state, action, code) => {
    refusedSession = { state, action };
    try {
      const opening = await openAt(0);
      expect(opening).toMatchObject({ kind: 'session-refused', reply: { code } });
    } finally {
      refusedSession = undefined;
    }
  });

  test.each([
    ['auto', lost],
    ['off', lost],
  ] as const)(
    'one error too many: the refusal before it holds; chaining %s',
    async (chaining, second) => {
      const lane = await laneAt(fewErrors, { chaining });
      const first = submit(lane, 'refuse.RCPT.550');
      expect(await withAnother(lane, first)).toMatchObject([refused(550), second]);
    },
  );

  test('the ledger takes longer than Postfix waits: nothing was sent', async () => {
    const lane = await laneAt(impatient);
    const beforeBody = async (): Promise<void> => {
      await eventually(() => !lane.usable, { what: 'the end of the connection' });
    };
    const first = submit(lane, 'ok', { beforeBody });
    expect(await withAnother(lane, first)).toMatchObject([refused(421), lost]);
  });
});
