import type { BulkFields } from '../headers/bulk-fields.ts';
import type { Keyring } from '../mail/keyring.ts';
import { formatUnsubscribeToken } from '../mail/unsubscribe-token.ts';
import type { SendJob } from '../queue/send-job.ts';
import type { Identity } from './identity.ts';

/**
 * What a sequence or a campaign says about itself; undefined for single mail, which looks like a
 * person's. The list is the tenant's stream of that kind.
 */
export function bulkFieldsOf(
  identity: Identity,
  keyring: Keyring,
  job: SendJob,
): BulkFields | undefined {
  const { kind, tenant, sendId } = job;
  if (kind === 'single') return undefined;
  const stream =
    tenant
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-|-$/g, '') || 'tenant';
  return {
    unsubscribeUrl: `${identity.unsubscribeUrl}${formatUnsubscribeToken(keyring, tenant, sendId)}`,
    listId: { id: `${kind}.${stream}.${identity.domain}` },
    feedbackId: [kind, stream.slice(0, 30), identity.domain, identity.feedbackSenderId],
    precedenceBulk: kind === 'bulk',
    autoSubmitted: true,
    suppressAutoResponses: kind === 'sequence',
  };
}
