import type { Redis } from 'ioredis';
import {
  createOutcomeConsumer,
  type OutcomeConsumerOptions,
} from '../../src/history/outcome-consumer.ts';
import type { RecordedOutcomes } from '../../src/history/store/record-outcomes.ts';
import type { Mailbox } from '../../src/mail/address.ts';
import type { MessageContent } from '../../src/mail/message-content.ts';
import { createContentStore } from '../../src/queue/content-store.ts';
import { keyNames } from '../../src/queue/key-names.ts';
import type { OutcomeEvent } from '../../src/queue/outcome-event.ts';
import { openOutcomeReader } from '../../src/queue/outcome-stream.ts';
import { openRedis } from '../../src/queue/redis-connection.ts';
import { createLogger } from '../../src/runtime/logger.ts';
import { mailbox, testDatabase } from './history.ts';
import { atEnd } from './leftovers.ts';
import type { TestRedis } from './redis.ts';

let worlds = 0;

/** What a test asks of a log line. */
interface LogLine {
  readonly event: string;
  readonly level: number;
}

/** A stream and a history of their own, and what a test does with them. */
export async function outcomeWorld(server: TestRedis, whileAway: 'fail' | 'wait' = 'fail') {
  const database = await testDatabase();
  worlds += 1;
  const prefix = `o${worlds}`;
  const keys = keyNames(prefix);
  const redis = await connectTo(server, whileAway);
  const contents = createContentStore({ redis, keys });
  const reader = await openOutcomeReader({ redis, keys, group: 'history' });
  atEnd(() => reader.close());
  const written: string[] = [];
  const logger = createLogger({ write: (line) => written.push(line) });
  const fetched: string[] = [];
  const counting: OutcomeConsumerOptions['contents'] = {
    async get(tenant, contentKey) {
      fetched.push(contentKey);
      return contents.get(tenant, contentKey);
    },
  };

  const start = (more: Partial<OutcomeConsumerOptions> = {}) => {
    const stopping = new AbortController();
    const recorded: RecordedOutcomes[] = [];
    const waiters = new Set<() => void>();
    const consumer = createOutcomeConsumer({
      reader,
      contents: counting,
      database,
      logger,
      onRecorded(each) {
        recorded.push(each);
        for (const check of waiters) check();
      },
      ...more,
    });
    const running = consumer.run(stopping.signal);
    return {
      recorded,
      /** Resolves when so many events were written. */
      async appended(count: number): Promise<void> {
        await new Promise<void>((resolve) => {
          const check = (): void => {
            if (recorded.reduce((sum, each) => sum + each.appended, 0) >= count) resolve();
          };
          waiters.add(check);
          check();
        });
      },
      async stop(): Promise<void> {
        stopping.abort();
        await running;
      },
    };
  };

  return {
    database,
    prefix,
    keys,
    redis,
    contents,
    reader,
    fetched,
    start,
    add: async (...events: readonly OutcomeEvent[]): Promise<void> => {
      for (const event of events) {
        await redis.xadd(keys.outcomes, '*', 'event', JSON.stringify(event));
      }
    },
    /** What was logged so far. */
    lines: () => written.map((line) => JSON.parse(line) as LogLine),
  };
}

/** A connection of its own; `fail`: one that says so while Redis is away. */
export async function connectTo(
  server: Pick<TestRedis, 'url'>,
  whileAway: 'fail' | 'wait' = 'fail',
): Promise<Redis> {
  const redis = await openRedis({ url: server.url, whileAway });
  atEnd(() => redis.disconnect());
  return redis;
}

/** A content as producers store it, with one small file. */
export function contentWithFile(...to: readonly Mailbox[]): MessageContent {
  return {
    from: mailbox('jane@acme.example', 'Jane Roe'),
    to,
    cc: [],
    replyTo: [],
    subject: 'Good day',
    text: 'Good day,\n',
    attachments: [
      {
        filename: 'a.txt',
        contentType: 'text/plain',
        disposition: 'attachment',
        content: Buffer.from('abc'),
      },
    ],
    headers: [],
    metadata: {},
  };
}
