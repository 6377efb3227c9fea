import type { EmailAddress, Mailbox } from '../mail/address.ts';

/** A user of the demo's CRM. */
export interface DemoUser extends Mailbox {
  readonly name: string;
}

/** The one who also writes from her own mail program. */
export const jane: DemoUser = { name: 'Jane Doe', address: 'jane@acme.example' as EmailAddress };

/** Her colleague: two users, one contact, one history. */
export const tom: DemoUser = { name: 'Tom Becker', address: 'tom@acme.example' as EmailAddress };

const zoe: DemoUser = { name: 'Zoë Laurent', address: 'zoe@laurent.example' as EmailAddress };

/** On whose behalf the demo sends. */
export const users = [jane, tom, zoe] as const;

/** The contact whose history the demo shows. */
export const bob: DemoUser = { name: 'Bob Miller', address: 'bob@dest.example' as EmailAddress };

/** Somebody who no longer works at Bob's company. */
export const leaver = 'unknown.user@dest.example' as EmailAddress;

/** The provider: the CRM that transmits. Both are also what its processes are told. */
export const provider = { domain: 'crm.example', name: 'Example CRM' } as const;

/** The part of the world's DNS that the demo's processes ask: Zoë's domain protects its name by DMARC. */
export const demoZone = {
  '_dmarc.laurent.example': { TXT: [['v=DMARC1; p=reject']] },
  'dest.example': { MX: [{ priority: 10, exchange: 'mx.dest.example' }] },
};
