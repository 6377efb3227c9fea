import { describe, expect, test } from '@jest/globals';
import { openLane, type Lane, type SubmitOutcome } from '../../src/worker/lane.ts';
import { resolveRoute } from '../../src/worker/route.ts';
import { addressOf } from '../queue/sample-send.ts';
import { makeCertificate } from '../support/certificate.ts';
import { atEnd } from '../support/leftovers.ts';
import { startRawRelay, type RawRelay, type RawScript } from '../support/raw-relay.ts';

/*
 * Every refusal and every death at every stage, in all the ways a lane can speak. Whatever happens,
 * the outcome must be true: what is said to be accepted was, what is said not to have arrived did
 * not, and no body began before the ledger was asked.
 */

const certificate = makeCertificate();

interface Way {
  readonly name: string;
  readonly pipelining: boolean;
  readonly chaining: boolean;
  readonly tls: boolean;
  readonly pieceBytes?: number;
}

const ways: readonly Way[] = [
  { name: 'chained', pipelining: true, chaining: true, tls: false },
  { name: 'pipelined', pipelining: true, chaining: false, tls: false },
  { name: 'step by step', pipelining: false, chaining: false, tls: false },
  { name: 'chained over TLS', pipelining: true, chaining: true, tls: true },
  {
    name: 'chained, replies byte by byte',
    pipelining: true,
    chaining: true,
    tls: false,
    pieceBytes: 1,
  },
];

async function start(
  script: RawScript,
  way: Way,
  replyTimeoutMs = 150,
): Promise<{ relay: RawRelay; lane: Lane }> {
  const { pipelining, pieceBytes } = way;
  const relay = await startRawRelay({
    script: () => ({
      extensions: pipelining ? ['PIPELINING', 'SIZE'] : ['SIZE'],
      ...(pieceBytes === undefined ? {} : { pieceBytes }),
      ...script,
    }),
    ...(way.tls ? { tls: certificate } : {}),
  });
  atEnd(async () => relay.stop());
  const { host, port } = relay;
  const chaining = way.chaining ? 'auto' : 'off';
  const tls = way.tls ? { secure: true, tlsAuthorities: certificate.cert } : {};
  const opening = await openLane(
    resolveRoute({ host, port, replyTimeoutMs, chaining, ...tls }, 'crm.example'),
  );
  if (opening.kind !== 'open') throw new Error(JSON.stringify(opening));
  atEnd(() => opening.lane.abort('end'));
  return { relay, lane: opening.lane };
}

interface Ending {
  readonly outcome: SubmitOutcome;
  readonly asked: boolean;
  readonly received: boolean;
  readonly replied: boolean;
}

/** Submits two messages, the second behind the first where the lane chains. */
async function submitTwo(relay: RawRelay, lane: Lane, size = 40): Promise<readonly Ending[]> {
  const submitOne = async (id: string): Promise<Ending> => {
    let asked = false;
    const outcome = await lane.submit({
      envelope: {
        mailFrom: addressOf('b@bounce.crm.example'),
        rcptTo: [addressOf('bob@dest.example')],
      },
      message: Buffer.from(`Message-ID: <${id}>\r\n\r\n${'x'.repeat(size)}\r\n`),
      async beforeBody() {
        asked = true;
      },
    });
    const mail = relay.received.find(({ messageId }) => messageId === `<${id}>`);
    return { outcome, asked, received: mail !== undefined, replied: mail?.replied === true };
  };
  if (lane.chains) return Promise.all([submitOne('1'), submitOne('2')]);
  return [await submitOne('1'), await submitOne('2')];
}

/** What an ending says that is not true; empty when all is. */
function untruthOf({ outcome, asked, received, replied }: Ending): string {
  switch (outcome.kind) {
    case 'reply':
      return outcome.reply.code < 300 && !(asked && received && replied) ? 'was not accepted' : '';
    case 'broken':
      if (received && !outcome.mayHaveArrived) return 'arrived';
      if (outcome.mayHaveArrived && !outcome.bodyBegun) return 'arrived without a body';
      return outcome.bodyBegun && !asked ? 'began without being asked for' : '';
    case 'interrupted':
    case 'unsendable':
    case 'session-refused':
      return received ? 'arrived' : '';
  }
}

const accepted = { kind: 'reply', reply: { code: 250 } };
const refused = (code: number) => ({ kind: 'reply', reply: { code } });
const lost = { kind: 'broken', bodyBegun: false, mayHaveArrived: false };
const uncertain = { kind: 'broken', bodyBegun: true, mayHaveArrived: true };
/** The relay said 354 and broke at once: whether we had begun is a race; both are told truly. */
const either = { kind: 'broken' };

type Row = readonly [what: string, script: RawScript, first: object, second: object];

const rows: readonly Row[] = [
  ['nothing', {}, accepted, accepted],
  ...(['mail', 'rcpt', 'data', 'dot'] as const).flatMap((stage): readonly Row[] => [
    [
      `5xx at ${stage}`,
      { replies: { [stage]: '550 5.7.1 No' }, untilMail: 1 },
      refused(550),
      accepted,
    ],
    [
      `4xx at ${stage}`,
      { replies: { [stage]: '451 4.7.1 No' }, untilMail: 1 },
      refused(451),
      accepted,
    ],
    [`421 at ${stage}`, { replies: { [stage]: '421 4.3.0 No' } }, refused(421), lost],
    [
      `a refusal at ${stage} of many lines`,
      { replies: { [stage]: '550-5.7.1 No\r\n550-5.7.1 never\r\n550 5.7.1 ever' }, untilMail: 1 },
      refused(550),
      accepted,
    ],
    [
      `a reply at ${stage} that is none`,
      { replies: { [stage]: 'what?' } },
      stage === 'dot' ? uncertain : lost,
      lost,
    ],
    [
      `a reply at ${stage} of another kind`,
      { replies: { [stage]: '334 go on' } },
      stage === 'dot' ? uncertain : lost,
      lost,
    ],
    [`silence at ${stage}`, { hangAt: stage }, stage === 'dot' ? uncertain : lost, lost],
    [`half a reply at ${stage}`, { halfReplyAt: stage }, stage === 'dot' ? uncertain : lost, lost],
    [
      `a reset within the reply at ${stage}`,
      { halfReplyAt: stage, resets: true },
      stage === 'dot' ? uncertain : lost,
      lost,
    ],
    [
      `DATA taken after a refusal at ${stage}`,
      { replies: { [stage]: '550 5.7.1 No' }, takesDataAnyway: true, untilMail: 1 },
      refused(550),
      {},
    ],
  ]),
  ['a close after mail', { closeAfter: 'mail' }, lost, lost],
  ['a close after rcpt', { closeAfter: 'rcpt' }, lost, lost],
  [
    '521 at mail, and a close',
    { replies: { mail: '521 5.7.1 No' }, closeAfter: 'mail' },
    refused(521),
    lost,
  ],
  [
    '521 at rcpt, and a close',
    { replies: { rcpt: '521 5.7.1 No' }, closeAfter: 'rcpt' },
    refused(521),
    lost,
  ],
  [
    '550 at rcpt, one too many',
    { replies: { rcpt: '550 5.1.1 No', data: '421 4.7.0 Errors' }, takesDataAnyway: true },
    refused(550),
    {},
  ],
  ['a close after 354', { closeAfter: 'data' }, either, lost],
  ['a reset after 354', { closeAfter: 'data', resets: true }, either, lost],
  ['a close in mid-body', { closeAfter: 'mid-body' }, uncertain, lost],
  ['a reset in mid-body', { closeAfter: 'mid-body', resets: true }, uncertain, lost],
  ['a close after the dot', { closeAfter: 'dot' }, uncertain, lost],
  ['a reset after the dot', { closeAfter: 'dot', resets: true }, uncertain, lost],
  ['a close after the reply', { closeAfter: 'reply' }, accepted, lost],
  ['an unread body', { leavesBodyUnread: true }, uncertain, lost],
];

describe.each(ways)('$name', (way) => {
  test.each(rows)('%s', async (_what, script, first, second) => {
    const { relay, lane } = await start(script, way);
    expect(lane.chains).toBe(way.chaining);
    const endings = await submitTwo(relay, lane);
    expect(endings.map(untruthOf)).toEqual(['', '']);
    expect(endings[0]?.outcome).toMatchObject(first);
    expect(endings[1]?.outcome).toMatchObject(second);
  });

  test.each(['mail', 'rcpt', 'data', 'dot'] as const)(
    'the second one dies at %s, the first does not notice',
    async (stage) => {
      const { relay, lane } = await start({ hangAt: stage, fromMessage: 2 }, way);
      const [first, second] = await submitTwo(relay, lane);
      expect(first?.outcome).toMatchObject(accepted);
      expect(second?.outcome).toMatchObject(stage === 'dot' ? uncertain : lost);
    },
  );

  test('a refused message that stays open on the relay does not harm the next one', async () => {
    const script = { replies: { dot: '550 5.7.1 No' }, keepsRefused: true, untilMail: 1 };
    const { relay, lane } = await start(script, way);
    const [first, second] = await submitTwo(relay, lane);
    expect([first?.outcome, second?.outcome]).toMatchObject([refused(550), accepted]);
  });

  test('a long body that nobody reads has certainly not arrived', async () => {
    const { relay, lane } = await start({ leavesBodyUnread: true }, way, 1_000);
    const [first, second] = await submitTwo(relay, lane, 8_000_000);
    expect(first?.outcome).toMatchObject({
      kind: 'broken',
      bodyBegun: true,
      mayHaveArrived: false,
    });
    expect(second?.outcome).toMatchObject(lost);
  });

  test('a long body arrives, with what rides behind it', async () => {
    const { relay, lane } = await start({}, way, 20_000);
    const endings = await submitTwo(relay, lane, 2_000_000);
    expect(endings.map(({ outcome }) => outcome)).toMatchObject([accepted, accepted]);
    expect(relay.received.map(({ message }) => message.byteLength)).toEqual([2_000_021, 2_000_021]);
  });
});
