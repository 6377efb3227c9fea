/**
 * Enqueues one mail on behalf of a user, from your own code.
 *
 *   REDIS_URL=redis://127.0.0.1:6379 npx tsx examples/send-one.ts bob@dest.example
 *
 * It resolves when the mail is safe in Redis; a worker sends it, now or when there is one.
 */
import { createProducer } from 'onbehalf/producer';

const [recipient = 'bob@dest.example'] = process.argv.slice(2);

await using producer = createProducer({
  redisUrl: process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379',
});

const { messageId, sends } = await producer.send({
  from: { name: 'Jane Doe', address: 'jane@acme.example' },
  to: recipient,
  subject: 'Your quote',
  text: 'Hello Bob,\n\nhere is the quote you asked for.\n\nJane',
  html: '<p>Hello Bob,</p><p>here is the quote you asked for.</p><p>Jane</p>',
  attachments: [
    { filename: 'quote.csv', contentType: 'text/csv', content: 'item,price\nChair,80\n' },
  ],
  // The same call again, for example after a crash, sends nothing twice.
  idempotencyKey: `quote-17-for-${recipient}`,
});

console.log(`message ${messageId}`);
for (const send of sends) {
  console.log(`${send.duplicate ? 'already enqueued' : 'enqueued'}: ${send.recipient}`);
}
