import { readAddress, type EmailAddress } from '../mail/address.ts';
import { isOfCampaign } from '../mail/campaign-send-id.ts';
import type { Filling } from '../mail/filling.ts';
import { isMessageId, isSendId, type MessageId, type SendId } from '../mail/ids.ts';
import { maskingModes, sendKinds, type MaskingMode, type SendKind } from '../mail/kinds.ts';
import { uncertainPolicies, type UncertainPolicy } from '../mail/uncertain-policy.ts';
import { readFilling } from './read-filling.ts';
import { FieldReader, readVersioned } from './reading.ts';

/** Newest version of the job shape this release writes and reads. */
export const sendJobVersion = 1;

/**
 * The data of one job of the send queue: a few hundred bytes that refer to the content. Public
 * contract between producers and workers; a change of its meaning raises the version. A send of a
 * template carries its filling as well: all of `to`, `subject` and `variables`, any other send none.
 */
export interface SendJob extends Partial<Filling> {
  readonly v: typeof sendJobVersion;
  readonly sendId: SendId;
  readonly messageId: MessageId;
  readonly tenant: string;
  /** The RCPT TO address of this send. */
  readonly recipient: EmailAddress;
  /** Domains of all recipients of the message, each once: its mode must suit all of them. */
  readonly recipientDomains: readonly string[];
  readonly contentKey: string;
  readonly kind: SendKind;
  /** When the send was enqueued first, ms since 1970; constant for life. */
  readonly createdAt: number;
  /** No attempt before this time, ms since 1970. */
  readonly sendAt: number;
  /** No attempt from this time on, ms since 1970. */
  readonly expiresAt: number;
  /** What follows an uncertain attempt; absent: what the route says. */
  readonly uncertainPolicy?: UncertainPolicy;
  /** The mode that was asked for; absent: the best one that passes. */
  readonly requestedMode?: MaskingMode;
  /** Id of the campaign it is part of; its send id is then a `campaignSendId`. */
  readonly campaign?: string;
  /** Its message has no other send: what is frozen of the message is kept in this send's ledger. */
  readonly soleSend?: true;
}

/**
 * Reads job data as it came from Redis.
 *
 * @throws OnbehalfError `INVALID_JOB` naming all fields at fault; `NEWER_VERSION`
 */
export function parseSendJob(data: unknown): SendJob {
  const source = readVersioned(data, sendJobVersion, 'INVALID_JOB', 'send job');
  const fields = new FieldReader(source);
  const job: SendJob = {
    v: sendJobVersion,
    sendId: fields.checkedText('sendId', isSendId, 'a send id'),
    messageId: fields.checkedText('messageId', isMessageId, 'a message id'),
    tenant: fields.text('tenant'),
    recipient: fields.checkedText('recipient', isAddress, 'an address'),
    recipientDomains: fields.texts('recipientDomains'),
    contentKey: fields.text('contentKey'),
    kind: fields.oneOf('kind', sendKinds),
    createdAt: fields.count('createdAt'),
    sendAt: fields.count('sendAt'),
    expiresAt: fields.count('expiresAt'),
    ...(fields.has('uncertainPolicy')
      ? { uncertainPolicy: fields.oneOf('uncertainPolicy', uncertainPolicies) }
      : {}),
    ...(fields.has('requestedMode')
      ? { requestedMode: fields.oneOf('requestedMode', maskingModes) }
      : {}),
    ...(fields.has('campaign') ? { campaign: fields.text('campaign') } : {}),
    ...(fields.has('soleSend') && fields.isTrue('soleSend') ? { soleSend: true as const } : {}),
  };
  const { campaign, sendId, tenant, createdAt } = job;
  if (campaign !== undefined && !isOfCampaign(sendId, { tenant, campaign, createdAt })) {
    fields.reject('sendId', 'must be an id of its campaign, tenant and hour');
  }
  const filling = readFilling(fields, job.recipient);
  fields.finish('INVALID_JOB', 'send job');
  return Object.assign(job, filling);
}

function isAddress(value: unknown): value is EmailAddress {
  if (typeof value !== 'string') return false;
  const reading = readAddress(value);
  return reading.ok && reading.address === value;
}
