import { createHash } from 'node:crypto';
import { base32, bytesOfBase32 } from './base32.ts';
import type { SendId } from './ids.ts';

/*
 * The id of a campaign's send says where its end is kept, so that the end of each of a million sends
 * needs no more than the number of its place (ledger-ends.ts in the queue room):
 *
 *   20 bits   hour in which the campaign was enqueued first, counted from 1970 (until 2089)
 *   44 bits   hash of tenant and campaign
 *   32 bits   position of the recipient in the campaign's list
 *   32 bits   hash of all of them and the recipient: no two recipients share an id
 *
 * It is a function of these alone: expanding a chunk twice gives the same ids.
 */

/** What makes the id of a campaign's send. */
export interface CampaignPosition {
  readonly tenant: string;
  /** Id of the campaign, unique in its tenant. */
  readonly campaign: string;
  /** When the campaign was enqueued first, ms since 1970; the `createdAt` of all its jobs. */
  readonly createdAt: number;
  /** Position of the recipient in the list, from 0; below 2^32. */
  readonly sequence: number;
}

const hourMs = 3_600_000;

/** The send id of one recipient of a campaign: always the same for the same position. */
export function campaignSendId(position: CampaignPosition, recipientKey: string): SendId {
  const bytes = Buffer.alloc(16);
  groupOf(position).copy(bytes);
  bytes.writeUInt32BE(position.sequence, 8);
  const all = createHash('sha256').update(bytes.subarray(0, 12)).update(recipientKey).digest();
  all.copy(bytes, 12, 0, 4);
  return base32(bytes) as SendId;
}

/** What the id of a campaign's send tells of its place. */
export interface CampaignPlace {
  /** Hour and campaign, 16 hex digits. */
  readonly group: string;
  /** Hour in which the campaign was enqueued first, counted from 1970. */
  readonly hour: number;
  readonly sequence: number;
}

/** Reads an id as one of a campaign's send. Any id can be read so: whether it is one, its job says. */
export function campaignPlaceOf(sendId: SendId): CampaignPlace {
  const bytes = bytesOfBase32(sendId, 16);
  return {
    group: bytes.toString('hex', 0, 8),
    hour: bytes.readUIntBE(0, 3) >>> 4,
    sequence: bytes.readUInt32BE(8),
  };
}

/** Whether an id can be that of a send of this campaign. */
export function isOfCampaign(
  sendId: SendId,
  position: Omit<CampaignPosition, 'sequence'>,
): boolean {
  return campaignPlaceOf(sendId).group === groupOf(position).toString('hex');
}

/** Hour and campaign in 8 bytes. */
function groupOf({ tenant, campaign, createdAt }: Omit<CampaignPosition, 'sequence'>): Buffer {
  const digest = createHash('sha256')
    .update(`campaign:${Buffer.byteLength(tenant)}:${tenant}${campaign}`)
    .digest();
  const group = Buffer.from(digest.subarray(0, 8));
  const hour = Math.floor(createdAt / hourMs);
  group.writeUIntBE(((hour << 4) | ((group[2] ?? 0) & 15)) >>> 0, 0, 3);
  return group;
}
