/**
 * Keeps the history inside your own program and shows a contact's timeline.
 *
 *   REDIS_URL=redis://127.0.0.1:6379 TOKEN_SECRET=… DATABASE=history.sqlite \
 *   npx tsx examples/read-timeline.ts bob@dest.example
 *
 * TOKEN_SECRET is the one of the workers. Run one history for each database.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { createHistory } from 'onbehalf/history';

const [address = 'bob@dest.example'] = process.argv.slice(2);

await using history = await createHistory({
  redisUrl: process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379',
  databaseFile: process.env['DATABASE'] ?? 'history.sqlite',
  migrate: true,
  keyring: {
    current: 'a',
    keys: { a: Buffer.from(process.env['TOKEN_SECRET'] ?? '', 'base64') },
  },
});

// What the workers did so far is written in the background; here we want to see all of it.
while ((await history.backlog()).unacknowledged > 0) await wait(20);

const timeline = await history.timeline({ address, limit: 20 });
if (timeline === undefined) {
  console.log(`nobody has the address ${address}`);
} else {
  for (const line of timeline.lines) {
    const what = line.kind === 'copy' ? 'copy' : line.kind === 'notice' ? line.notice : line.state;
    console.log(`${new Date(line.at).toISOString()}  ${what}  ${line.subject ?? '(no subject)'}`);
  }
}
