/**
 * Enqueues one template for several contacts: stored once, filled for each of them.
 *
 *   REDIS_URL=redis://127.0.0.1:6379 npx tsx examples/send-template.ts
 *
 * The language of templates is in docs/templates.md.
 */
import { createProducer } from 'onbehalf/producer';

const contacts = [
  { name: 'Bob Miller', email: 'bob@dest.example', product: 'chairs', price: 80 },
  { name: 'Ann & Carol', email: 'ann@dest.example', product: '', price: 95 },
];

await using producer = createProducer({
  redisUrl: process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379',
});

for (const { name, email, product, price } of contacts) {
  const { sends } = await producer.send({
    from: 'Jane Doe <jane@acme.example>',
    to: { name, address: email },
    subject: 'Your quote, {{ name }}',
    text: 'Hello {{ name }},\n\n{{ product | default: "what you asked for" }} at {{ price }} €.\n\nJane\n',
    // Values are escaped here.
    html: '<p>Hello {{ name }},</p><p>{{ product | default: "what you asked for" }} at {{ price }} €.</p>',
    variables: { name, product, price },
    idempotencyKey: `quote-18-for-${email}`,
  });
  console.log(`${sends[0]?.duplicate === true ? 'already enqueued' : 'enqueued'}: ${email}`);
}
