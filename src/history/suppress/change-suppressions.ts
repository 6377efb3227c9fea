import type { HistoryDatabase } from '../../../db/open.ts';
import {
  openSuppressionBook,
  type Actor,
  type AddedSuppression,
  type WantedSuppression,
} from './suppression-book.ts';
import type { CheckedRequest, CheckedTarget } from './suppress-requests.ts';

const dayMs = 86_400_000;

/** Puts suppressions in force that somebody asks for, all or none; what was done with each. */
export async function addSuppressions(
  database: HistoryDatabase,
  requests: readonly CheckedRequest[],
  actor: Actor,
): Promise<readonly AddedSuppression[]> {
  const { name, at } = actor;
  const wanted = requests.map(({ days, note, ...request }): WantedSuppression => ({
    ...request,
    source: name,
    since: at,
    ...(note === undefined ? {} : { evidence: note }),
    ...(days === undefined ? {} : { expiresAt: at + days * dayMs }),
  }));
  return writeSuppressions(database, wanted, 'added', actor);
}

/** Puts suppressions in force in one transaction; what was done with each. */
export async function writeSuppressions(
  database: HistoryDatabase,
  wanted: readonly WantedSuppression[],
  action: 'added' | 'imported',
  actor: Actor,
): Promise<readonly AddedSuppression[]> {
  const results = database.write((transaction) => {
    const book = openSuppressionBook(transaction);
    return wanted.map((each) => book.add(each, action, actor));
  });
  return Promise.resolve(results);
}

/** Ends suppressions, all or none; whether there was one, for each. */
export async function removeSuppressions(
  database: HistoryDatabase,
  targets: readonly CheckedTarget[],
  actor: Actor,
): Promise<readonly boolean[]> {
  const results = database.write((transaction) => {
    const book = openSuppressionBook(transaction);
    return targets.map(({ tenant, scope }) => book.remove(tenant, scope, actor));
  });
  return Promise.resolve(results);
}
