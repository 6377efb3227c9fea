import { readAddress, type EmailAddress } from '../../src/mail/address.ts';
import { randomMessageId, sendIdOf } from '../../src/mail/ids.ts';
import type { MessageContent } from '../../src/mail/message-content.ts';
import type { FrozenFacts } from '../../src/queue/frozen-facts.ts';
import { eventIdOf, type OutcomeEvent } from '../../src/queue/outcome-event.ts';
import type { SendJob } from '../../src/queue/send-job.ts';

/** An address that is known to be one. */
export function addressOf(text: string): EmailAddress {
  const reading = readAddress(text);
  if (!reading.ok) throw new TypeError(`${text}: ${reading.reason}`);
  return reading.address;
}

/** A job of a message of its own, due now, for an hour. */
export function sampleJob(more: Partial<SendJob> = {}): SendJob {
  const messageId = randomMessageId();
  const now = Date.now();
  return {
    v: 1,
    sendId: sendIdOf(messageId, 'bob@dest.example'),
    messageId,
    tenant: 'default',
    recipient: addressOf('bob@dest.example'),
    recipientDomains: ['dest.example'],
    contentKey: '0123456789abcdef0123456789abcdef',
    kind: 'single',
    createdAt: now,
    sendAt: now,
    expiresAt: now + 3_600_000,
    ...more,
  };
}

/** The event of an attempt of a job. */
export function sampleEvent(
  job: SendJob,
  attempt: number,
  more: Partial<OutcomeEvent> = {},
): OutcomeEvent {
  const { sendId, messageId, tenant, kind, recipient, contentKey } = job;
  return {
    v: 1,
    eventId: eventIdOf(sendId, attempt),
    sendId,
    messageId,
    tenant,
    kind,
    recipient,
    contentKey,
    attempt,
    state: 'accepted',
    result: 'accepted',
    at: Date.now(),
    ...more,
  };
}

/** A content with everything a content may have. */
export function sampleContent(more: Partial<MessageContent> = {}): MessageContent {
  return {
    from: { name: 'Jané Doe', address: addressOf('jane@acme.example') },
    to: [{ address: addressOf('bob@dest.example') }],
    cc: [],
    replyTo: [],
    subject: 'Your quote – ☃',
    text: 'Hello Bob\n',
    html: '<p>Hello Bob</p>',
    attachments: [
      {
        filename: 'a.bin',
        contentType: 'application/octet-stream',
        disposition: 'attachment',
        content: Buffer.from([0, 255, 13, 10, 46]),
      },
      {
        filename: 'empty.txt',
        contentType: 'text/plain',
        disposition: 'attachment',
        content: Buffer.alloc(0),
      },
    ],
    headers: [['X-Campaign', 'spring']],
    metadata: { deal: '42' },
    ...more,
  };
}

/** Facts as a worker freezes them. */
export function sampleFacts(more: Partial<FrozenFacts> = {}): FrozenFacts {
  return {
    v: 1,
    mode: 'on-behalf',
    modeRow: 10,
    why: 'acme.example has no DMARC record',
    dateMs: 1_000,
    selector: 's1',
    returnPathHost: 'bounce.crm.example',
    tokenKeyId: 'a',
    ...more,
  };
}
