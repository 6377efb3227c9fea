import { describe, expect, test } from '@jest/globals';
import { releaseLease, renewLease, takeLease } from '../../../src/history/store/mailbox-lease.ts';
import { testDatabase } from '../../support/history.ts';

describe('mailbox lease', () => {
  test('one holder at a time; whoever comes after its end gets a higher token', async () => {
    const database = await testDatabase();
    const first = await takeLease(database, 'box', 'a', 1_000, 0);
    expect(first).toEqual({ mailbox: 'box', holder: 'a', fencingToken: 1, expiresAt: 1_000 });
    expect(await takeLease(database, 'box', 'b', 1_000, 999)).toBeUndefined();
    expect(await takeLease(database, 'other', 'b', 1_000, 999)).toMatchObject({ fencingToken: 1 });
    const second = await takeLease(database, 'box', 'b', 1_000, 1_000);
    expect(second).toMatchObject({ holder: 'b', fencingToken: 2, expiresAt: 2_000 });
  });

  test('renewing works until somebody else has it, even late', async () => {
    const database = await testDatabase();
    const first = await takeLease(database, 'box', 'a', 1_000, 0);
    if (first === undefined) throw new Error('the lease is free');
    expect(await renewLease(database, first, 1_000, 5_000)).toMatchObject({
      fencingToken: 1,
      expiresAt: 6_000,
    });
    expect(await takeLease(database, 'box', 'b', 1_000, 5_500)).toBeUndefined();
    await takeLease(database, 'box', 'b', 1_000, 6_000);
    expect(await renewLease(database, first, 1_000, 6_001)).toBeUndefined();
  });

  test('a lease given back is free at once, and its token goes on rising', async () => {
    const database = await testDatabase();
    const first = await takeLease(database, 'box', 'a', 1_000, 0);
    if (first === undefined) throw new Error('the lease is free');
    await releaseLease(database, first);
    expect(await takeLease(database, 'box', 'b', 1_000, 1)).toMatchObject({ fencingToken: 2 });
  });

  test('a process with the same name is a successor: the one before is shut out', async () => {
    const database = await testDatabase();
    const first = await takeLease(database, 'box', 'a', 1_000, 0);
    if (first === undefined) throw new Error('the lease is free');
    expect(await takeLease(database, 'box', 'a', 1_000, 1)).toMatchObject({ fencingToken: 2 });
    expect(await renewLease(database, first, 1_000, 2)).toBeUndefined();
  });
});
