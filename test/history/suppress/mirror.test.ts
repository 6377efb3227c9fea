import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { pushSuppressions } from '../../../src/history/suppress/push-suppressions.ts';
import { atEnd } from '../../support/leftovers.ts';
import { startTestRedis } from '../../support/redis.ts';
import {
  addressScope,
  addTo,
  auditOf,
  byHand,
  entriesOf,
  suppressionWorld,
} from './suppression-world.ts';

const server = await startTestRedis();
const bob = 'bob@client.example';
const eve = 'eve@client.example';
const day = 86_400_000;

describe('bringing changes to the mirror', () => {
  test('what was added is found, what was removed is not, and once is enough', async () => {
    const world = await suppressionWorld(server);
    world.add(
      byHand(addressScope(bob)),
      byHand({ kind: 'pair', address: eve, sender: 'jane@acme.example' }),
      byHand({ kind: 'domain', domain: 'gone.example' }),
    );
    expect(await pushSuppressions(world.way)).toBe(3);
    expect(await pushSuppressions(world.way)).toBe(0);
    expect(await world.isMirrored('Bob@Client.example')).toBe(true);
    expect(await world.isMirrored(eve)).toBe(true);
    expect(await world.isMirrored(eve, 'tom@acme.example')).toBe(false);
    expect(await world.isMirrored('anybody@gone.example')).toBe(true);
    world.remove(addressScope(bob), { kind: 'domain', domain: 'gone.example' });
    expect(await pushSuppressions(world.way)).toBe(2);
    expect(await world.isMirrored(bob)).toBe(false);
    expect(await world.isMirrored('anybody@gone.example')).toBe(false);
  });

  test('more changes than one turn takes, some of the same entry', async () => {
    const world = await suppressionWorld(server);
    const addresses = Array.from({ length: 1_200 }, (_, index) => `u${index}@client.example`);
    world.add(...addresses.map((address) => byHand(addressScope(address))));
    world.remove(addressScope('u7@client.example'), addressScope('u1100@client.example'));
    world.add(byHand(addressScope('u7@client.example'), { reason: 'complaint' }));
    expect(await pushSuppressions(world.way)).toBe(1_203);
    expect((await world.mirror.summary()).count).toBe(1_199);
    expect(await world.isMirrored('u7@client.example')).toBe(true);
    expect(await world.isMirrored('u1100@client.example')).toBe(false);
  });

  test('a change that another process makes and brings meanwhile is not overwritten with what was before', async () => {
    const world = await suppressionWorld(server);
    world.add(byHand(addressScope(bob)));
    let raced = false;
    const slow = {
      ...world.way,
      mirror: {
        ...world.mirror,
        // The other process is through before our write arrives.
        put: async (entries: Parameters<typeof world.mirror.put>[0]) => {
          if (!raced) {
            raced = true;
            world.remove(addressScope(bob));
            await pushSuppressions(world.way);
          }
          await world.mirror.put(entries);
        },
      },
    };
    await pushSuppressions(slow);
    expect(raced).toBe(true);
    expect(await world.isMirrored(bob)).toBe(false);
  });

  test.each([
    ['before', 1],
    ['after', 1],
    ['before', 2],
    ['after', 2],
    ['before', 3],
    ['after', 4],
  ])(
    'killed %s its write number %i: the next one brings the rest, nothing is left out',
    async (when, turn) => {
      const world = await suppressionWorld(server);
      const addresses = Array.from({ length: 700 }, (_, index) => `u${index}@client.example`);
      world.add(...addresses.map((address) => byHand(addressScope(address))));
      world.remove(addressScope('u3@client.example'), addressScope('u650@client.example'));
      const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
      const child = spawn(
        process.execPath,
        [
          '--import',
          at('../../support/typescript-loader.mjs'),
          at('push-process.ts'),
          server.url,
          world.prefix,
          world.database.file,
          when,
          String(turn),
        ],
        { stdio: ['ignore', 'inherit', 'inherit'] },
      );
      atEnd(() => child.kill('SIGKILL'));
      expect(await once(child, 'close')).toEqual([null, 'SIGKILL']);
      expect(await pushSuppressions(world.way)).toBeGreaterThan(0);
      await world.keeper.turn();
      expect((await world.mirror.summary()).count).toBe(698);
      expect(world.lines()).toEqual([]);
    },
  );
});

describe('the keeper', () => {
  test('finds nothing to do where both are the same, and says so', async () => {
    const world = await suppressionWorld(server);
    world.add(byHand(addressScope(bob)));
    await world.keeper.turn();
    expect(world.told).toEqual([{ checkedAt: world.time.now, count: 1 }]);
    expect(world.lines()).toEqual([]);
    // Not before its time.
    world.time.now += 299_999;
    await world.keeper.turn();
    expect(world.told).toHaveLength(1);
    world.time.now += 1;
    await world.keeper.turn();
    expect(world.told).toHaveLength(2);
  });

  test.each(['lost all', 'lost one', 'has one too many', 'has another end'])(
    'a mirror that %s is made anew, with a line in the log',
    async (drift) => {
      const world = await suppressionWorld(server);
      world.add(byHand(addressScope(bob)), byHand(addressScope(eve)));
      await world.keeper.turn();
      const row = { tenant: 'default', reason: 'manual', since: 1 };
      const scope = addressScope(bob);
      if (drift === 'lost all') await world.redis.flushall();
      if (drift === 'lost one') await world.mirror.remove([{ tenant: 'default', scope }]);
      if (drift === 'has one too many') {
        await world.mirror.put([{ ...row, scope: addressScope('x@client.example') }]);
      }
      if (drift === 'has another end') {
        await world.mirror.put([{ ...row, scope, expiresAt: Date.now() + day }]);
      }
      world.time.now += 300_000;
      await world.keeper.turn();
      expect(world.lines().map((line) => line.event)).toEqual(['suppressions-rebuilt']);
      expect(world.told.at(-1)).toMatchObject({ count: 2, repaired: { at: world.time.now } });
      expect((await world.mirror.summary()).count).toBe(2);
      expect(await world.isMirrored(bob)).toBe(true);
      expect(await world.isMirrored('x@client.example')).toBe(false);
      world.time.now += 300_000;
      await world.keeper.turn();
      expect(world.lines()).toHaveLength(1);
    },
  );

  test('the first turn of a process makes the mirror of a new Redis', async () => {
    const world = await suppressionWorld(server);
    const addresses = Array.from({ length: 1_300 }, (_, index) => `u${index}@client.example`);
    world.add(...addresses.map((address) => byHand(addressScope(address))));
    await pushSuppressions(world.way);
    await world.redis.flushall();
    await world.keeper.turn();
    expect((await world.mirror.summary()).count).toBe(1_300);
    expect(world.told).toMatchObject([{ count: 1_300, repaired: { mirrorCount: 0 } }]);
  });

  test('entries end at their time, in both, and the audit tells', async () => {
    const world = await suppressionWorld(server);
    const { now } = world.time;
    world.add(byHand(addressScope(bob), { expiresAt: now + day }), byHand(addressScope(eve)));
    await world.keeper.turn();
    world.time.now += day - 1;
    await world.keeper.turn();
    expect((await world.mirror.summary()).count).toBe(2);
    world.time.now += 60_000;
    await world.keeper.turn();
    expect((await world.mirror.summary()).count).toBe(1);
    expect(entriesOf(world.database)).toMatchObject([
      { addressKey: bob, removedAt: now + day },
      { addressKey: eve, removedAt: null },
    ]);
    expect(auditOf(world.database).at(-1)).toEqual({ action: 'expired', actor: 'expiry' });
    expect(world.lines().map((line) => line.event)).toEqual(['suppressions-expired']);
  });

  test('a change made while the mirror is made anew is in it', async () => {
    const world = await suppressionWorld(server);
    const addresses = Array.from({ length: 1_300 }, (_, index) => `u${index}@client.example`);
    world.add(...addresses.map((address) => byHand(addressScope(address))));
    await world.keeper.turn();
    await world.redis.flushall();
    const turning = world.keeper.turn();
    world.time.now += 300_000;
    const rebuilding = world.keeper.turn();
    addTo(world.database, [byHand(addressScope(bob))], world.time.now);
    world.remove(addressScope('u1299@client.example'));
    await Promise.all([turning, rebuilding, pushSuppressions(world.way)]);
    await world.keeper.turn();
    expect(await world.isMirrored(bob)).toBe(true);
    expect(await world.isMirrored('u1299@client.example')).toBe(false);
    expect((await world.mirror.summary()).count).toBe(1_300);
  });
});

describe('domains', () => {
  const zone = {
    example: { NS: ['ns.example'] },
    'client.example': { MX: [{ priority: 10, exchange: 'mx.client.example' }] },
    'null.example': { MX: [{ priority: 0, exchange: '.' }] },
    'web.example': { A: ['192.0.2.1'] },
    'odd.example': { MX: 'TIMEOUT' },
  };
  const told = (address: string, at: number) =>
    byHand(addressScope(address), { reason: 'domain_unknown', domainCheckAt: at });

  test.each([
    ['gone.example', 'DNS: gone.example does not exist'],
    ['null.example', 'DNS: null.example takes no mail (null MX)'],
  ])('%s is suppressed as a whole when DNS says so too', async (domain, evidence) => {
    const world = await suppressionWorld(server, zone);
    world.add(told(`bob@${domain}`, world.time.now), told(`eve@${domain}`, world.time.now));
    await world.keeper.askDns();
    await world.keeper.askDns();
    const entries = entriesOf(world.database);
    expect(entries.map((entry) => entry.domainCheckAt)).toEqual([null, null, null]);
    expect(entries.at(-1)).toMatchObject({
      kind: 'domain',
      domain,
      reason: 'domain_unknown',
      evidence,
    });
    expect(auditOf(world.database).at(-1)).toEqual({ action: 'added', actor: 'dns' });
    await world.keeper.turn();
    expect(await world.isMirrored(`anybody@${domain}`)).toBe(true);
  });

  test.each(['client.example', 'web.example', 'gone.invalid'])(
    '%s is not: only the address stays suppressed',
    async (domain) => {
      const world = await suppressionWorld(server, zone);
      world.add(told(`bob@${domain}`, world.time.now));
      await world.keeper.askDns();
      expect(entriesOf(world.database)).toMatchObject([{ kind: 'address', domainCheckAt: null }]);
    },
  );

  test('a DNS that does not answer is asked again, for a week', async () => {
    const world = await suppressionWorld(server, zone);
    world.time.now = Date.now();
    world.add({ ...told('bob@odd.example', world.time.now), since: world.time.now });
    await world.keeper.askDns();
    expect(entriesOf(world.database)).toMatchObject([
      { kind: 'address', domainCheckAt: world.time.now + 3_600_000 },
    ]);
    world.time.now += 8 * day;
    await world.keeper.askDns();
    expect(entriesOf(world.database)).toMatchObject([{ kind: 'address', domainCheckAt: null }]);
  });

  test('a domain that somebody allowed after the server spoke stays allowed', async () => {
    const world = await suppressionWorld(server, zone);
    const scope = { kind: 'domain', domain: 'gone.example' } as const;
    world.add({ ...told('bob@gone.example', world.time.now), since: world.time.now - 1 });
    world.add(byHand(scope));
    world.remove(scope);
    await world.keeper.askDns();
    expect(entriesOf(world.database).filter((entry) => entry.removedAt === null)).toHaveLength(1);
  });
});
