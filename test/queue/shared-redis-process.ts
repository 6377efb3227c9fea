/**
 * A process of its own that joins or starts the shared Redis server of the state directory given
 * as argument, says so in one line of JSON, and releases it when its standard input ends.
 */
import { once } from 'node:events';
import { joinOrStartRedis } from '../../src/queue/shared-redis.ts';

const redis = await joinOrStartRedis({ stateDirectory: process.argv[2] ?? '' });
process.stdout.write(`${JSON.stringify({ url: redis.url, started: redis.started })}\n`);
await once(process.stdin.resume(), 'end');
await redis.release();
