import { describe, expect, test } from '@jest/globals';
import { openLane, type Lane, type SubmitOutcome } from '../../src/worker/lane.ts';
import { createLanes } from '../../src/worker/lanes.ts';
import { resolveRoute, type Route, type RouteOptions } from '../../src/worker/route.ts';
import { addressOf } from '../queue/sample-send.ts';
import { atEnd } from '../support/leftovers.ts';
import { startPolicyService } from '../support/policy-service.ts';
import { startPostfix, whyNoPostfix, type Postfix } from '../support/postfix.ts';
import { seededRandom, type SeededRandom } from '../support/seed.ts';

/*
 * Many messages, two at a time on each connection to Postfix, refused here and there by its own
 * access maps and header checks. Each reply must be the one to its own message: a refusal where that
 * message asks for it, and the queue id under which Postfix has logged that very message.
 */

const missing = whyNoPostfix();
const wherePossible = missing === undefined ? describe : describe.skip; // Postfix is not everywhere
if (missing !== undefined) process.stderr.write(`skipped: many mails to Postfix: ${missing}\n`);

/** What becomes of a message, by sender, recipient and header, and what Postfix says of it. */
interface Fate {
  readonly says: RegExp;
  readonly sender?: string;
  readonly recipient?: string;
  readonly header?: string;
}
const fates: readonly Fate[] = [
  { says: /^250 2\.0\.0 / },
  { says: /^250 2\.0\.0 /, recipient: 'eve', header: 'X-Fine: yes\r\n' },
  { says: /^550 5\.1\.1 /, recipient: 'no550' },
  { says: /^450 4\.2\.1 /, recipient: 'no450' },
  { says: /^553 5\.7\.1 /, sender: 'no553' },
  // After the dot.
  { says: /^550 5\.7\.1 /, header: 'X-Refuse: yes\r\n' },
  // The same, but Postfix keeps the envelope.
  { says: /^554 5\.7\.2 /, sender: 'no554' },
];

/** The smtpds that were asked for DATA; only the second port asks. */
const busy = new Set<number>();

async function startWorld(): Promise<Postfix> {
  const policy = await startPolicyService(({ pid }) => {
    if (pid !== undefined) busy.add(pid);
    return 'DUNNO';
  });
  atEnd(async () => policy.stop());
  return startPostfix(
    {
      smtpd_sender_restrictions: 'check_sender_access inline:{{no553@ = 553 5.7.1 No}}',
      smtpd_recipient_restrictions:
        'check_recipient_access inline:{{no550@ = 550 5.1.1 No}, {no450@ = 450 4.2.1 No}}, reject_unauth_destination',
      smtpd_end_of_data_restrictions: 'check_sender_access inline:{{no554@ = 554 5.7.2 No}}',
      header_checks: 'regexp:{{/^X-Refuse:/ REJECT 5.7.1 No}}',
      // Refusals are what this is about.
      smtpd_error_sleep_time: '0',
      smtpd_hard_error_limit: '100000',
    },
    [{}, { smtpd_data_restrictions: `check_policy_service inet:127.0.0.1:${policy.port}` }],
  );
}
const world = missing === undefined ? await startWorld() : undefined;
const postfix = (): Postfix => {
  if (world === undefined) throw new Error(missing);
  return world;
};

const routeTo = (index: number, more: Partial<RouteOptions> = {}): Route =>
  resolveRoute({ host: '127.0.0.1', port: postfix().ports[index] ?? 0, ...more }, 'crm.example');

let messageCount = 0;

interface Sent {
  readonly messageId: string;
  readonly says: RegExp;
  readonly outcome: SubmitOutcome;
}

type Submitter = Pick<Lane, 'submit'>;

async function sendOne(
  to: Submitter,
  random: SeededRandom,
  all: readonly Fate[] = fates,
): Promise<Sent> {
  const { says, sender = 'ok', recipient = 'bob', header = '' } = random.pick(all);
  messageCount += 1;
  const messageId = `<${messageCount}@crm.example>`;
  const body = 'x\r\n'.repeat(random.integer(2_000));
  const outcome = await to.submit({
    envelope: {
      mailFrom: addressOf(`${sender}@bounce.crm.example`),
      rcptTo: [addressOf(`${recipient}@dest.example`)],
    },
    message: Buffer.from(`${header}Message-ID: ${messageId}\r\n\r\n${body}`),
    beforeBody: async () => undefined,
  });
  return { messageId, says, outcome };
}

/** What is not as Postfix has it, a line each. */
async function untruths(sent: readonly Sent[]): Promise<readonly string[]> {
  const lanes = createLanes(routeTo(0, { connectionsMax: 1 }));
  // When the log tells of this one, it has told of all that came before.
  const last = await sendOne(lanes, seededRandom(1), [{ says: /^250 / }]);
  lanes.close();
  await postfix().left(last.messageId);
  const queued = postfix().queued();
  return sent.flatMap(({ messageId: id, says, outcome }) => {
    const queueIds = queued.get(id) ?? [];
    const wrong = (what: string): string[] => [`${id} ${what}: ${JSON.stringify(outcome)}`];
    if (queueIds.length > 1) return wrong('went twice');
    if (outcome.kind === 'broken') {
      return queueIds.length === 1 && !outcome.mayHaveArrived ? wrong('arrived') : [];
    }
    if (outcome.kind !== 'reply') return wrong('ended otherwise');
    const { code, enhancedCode, text } = outcome.reply;
    if (!says.test(`${code} ${enhancedCode} ${text}`)) return wrong(`should say ${says}`);
    if (code !== 250) return queueIds.length === 0 ? [] : wrong('arrived');
    return text.endsWith(`queued as ${queueIds[0]}`) ? [] : wrong('is another');
  });
}

wherePossible('many messages to Postfix', () => {
  test('600 over one connection, the next envelope behind each body', async () => {
    const random = seededRandom();
    const opening = await openLane(routeTo(0));
    if (opening.kind !== 'open') throw new Error(JSON.stringify(opening));
    const { lane } = opening;
    atEnd(() => lane.abort('end'));
    const sent: Sent[] = [];
    const feed = async (): Promise<void> => {
      for (let i = 0; i < 300; i += 1) sent.push(await sendOne(lane, random));
    };
    await Promise.all([feed(), feed()]);
    expect(await untruths(sent)).toEqual([]);
    expect(sent.filter(({ outcome }) => outcome.kind !== 'reply')).toEqual([]);
    expect(lane).toMatchObject({ carried: 600, chains: true, outOfStep: false });
  });

  test('600 over four connections, while smtpds are killed', async () => {
    const random = seededRandom();
    const lanes = createLanes(routeTo(1, { connectionsMax: 4 }));
    atEnd(() => lanes.abort('end'));
    const sent: Sent[] = [];
    let kills = 0;
    const feed = async (): Promise<void> => {
      for (let i = 0; i < 75; i += 1) {
        sent.push(await sendOne(lanes, random));
        if (sent.length % 40 !== 0) continue;
        // One that is in the middle of something, mostly; the set may name some that are gone.
        const pid = random.pick([...busy]);
        busy.clear();
        try {
          process.kill(pid, 'SIGKILL');
          kills += 1;
        } catch {
          // It had ended before.
        }
      }
    };
    await Promise.all(Array.from({ length: 8 }, feed));
    const broken = sent.filter(({ outcome }) => outcome.kind === 'broken');
    const uncertain = sent.filter(
      ({ outcome }) => outcome.kind === 'broken' && outcome.mayHaveArrived,
    );
    process.stderr.write(
      `${sent.length} submissions, ${kills} smtpds killed: ` +
        `${broken.length} broken, ${uncertain.length} of them uncertain\n`,
    );
    expect(await untruths(sent)).toEqual([]);
    expect(kills).toBeGreaterThan(5);
    // A connection has two transactions, and only one of them may be in its body.
    expect(uncertain.length).toBeLessThanOrEqual(kills);
    expect(sent.filter(({ outcome }) => outcome.kind === 'reply').length).toBeGreaterThan(500);
  });
});
