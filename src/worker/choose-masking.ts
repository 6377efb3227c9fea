import { domainOf, isAsciiAddress } from '../mail/address.ts';
import type { ModeChoice } from '../mail/choose-mode.ts';
import { rememberedMode } from './remembered-mode.ts';
import type { ModeFacts } from '../mail/mode-facts.ts';
import type { DailyCount } from '../queue/daily-count.ts';
import type { FromDomainFacts } from '../mail/domain-facts.ts';
import type { SendKind } from '../mail/kinds.ts';
import type { MessageContent } from '../mail/message-content.ts';
import type { DomainFacts } from '../domains/domain-facts.ts';
import { frozenFactsVersion, type FrozenFacts } from '../queue/frozen-facts.ts';
import type { PolicyRefusals } from '../queue/policy-refusals.ts';
import type { SendJob } from '../queue/send-job.ts';
import type { Identity } from './identity.ts';

/** Everything the choice of a mode is made from. */
export interface MaskingContext {
  readonly identity: Identity;
  readonly domains: DomainFacts;
  readonly policyRefusals: PolicyRefusals;
  readonly dailyCount: DailyCount;
  /** Kinds of mail for which `on-behalf` may be used where it can pass. */
  readonly onBehalfKinds: readonly SendKind[];
}

/** How a message will be masked, or why not now, or not at all. */
export type Masking =
  | { readonly kind: 'chosen'; readonly facts: FrozenFacts }
  | { readonly kind: 'wait'; readonly reason: string }
  | { readonly kind: 'refused'; readonly reason: string };

/** How long a message waits for DNS before it goes as `rewritten`, in milliseconds: 1 hour. */
const dnsWaitMs = 3_600_000;

/** What a choice depends on besides the domain in From. */
type OtherFacts = Omit<ModeFacts, 'from'>;

/** Looks at DNS and at what the fleet has learned, and chooses how a message is masked. */
export async function chooseMasking(
  context: MaskingContext,
  job: SendJob,
  content: MessageContent,
  now: number,
): Promise<Masking> {
  const { identity, domains, policyRefusals, onBehalfKinds } = context;
  const { address } = content.from;
  const fromDomain = domainOf(address);
  const [from, recipients] = await Promise.all([
    domains.factsOf(fromDomain, job.tenant),
    Promise.all(job.recipientDomains.map(async (domain) => domains.providerOf(domain))),
  ]);
  const known = recipients.filter((each) => each !== 'temperror');
  const facts: OtherFacts = {
    kind: job.kind,
    nonAsciiLocalPart: !isAsciiAddress(address),
    // Sending through the user's own mailbox needs her account.
    connected: false,
    optedIn: onBehalfKinds.includes(job.kind),
    recipients,
    forcedRewritten: await policyRefusals.among(fromDomain, known),
    ...(job.requestedMode === undefined ? {} : { requested: job.requestedMode }),
    dnsWaitOver: now - Math.max(job.createdAt, job.sendAt) >= dnsWaitMs,
  };
  const choice = await withinDailyCount(context.dailyCount, job, from, facts);
  switch (choice.kind) {
    case 'wait':
      return { kind: 'wait', reason: reasonOf(choice) };
    case 'refused':
      return {
        kind: 'refused',
        reason: `mode ${choice.requested} cannot pass: ${reasonOf(choice)} Mode ${choice.better} can.`,
      };
    case 'chosen':
      return { kind: 'chosen', facts: frozenFactsOf(identity, from, choice, now) };
  }
}

/** Row 10 allows so many messages a day on behalf of one domain: receivers take more for bulk. */
const onBehalfPerDayMax = 500;

/** The choice; on-behalf is counted, once per message, and taken only while there is room for the day. */
async function withinDailyCount(
  dailyCount: DailyCount,
  job: SendJob,
  from: FromDomainFacts,
  facts: OtherFacts,
): Promise<ModeChoice> {
  const choice = rememberedMode(from, facts);
  if (choice.kind !== 'chosen' || choice.mode !== 'on-behalf') return choice;
  const claim = await dailyCount.claim(from.domain, job.messageId, onBehalfPerDayMax);
  if (claim.kind === 'counted') return choice;
  return rememberedMode(from, { sentTodayCount: claim.count, ...facts });
}

/** The facts of a message whose `on-behalf` form was refused by policy: once more, as `rewritten`. */
export function maskedAgain(identity: Identity, facts: FrozenFacts): FrozenFacts {
  const { signingDomain: _dropped, ...rest } = facts;
  return {
    ...rest,
    mode: 'rewritten',
    why: `a server refused it ${facts.mode.replace('-', ' ')} by policy`,
    returnPathHost: identity.bounceHost,
  };
}

/** What a chosen mode fixes for all sends and attempts of its message. */
export function frozenFactsOf(
  identity: Identity,
  from: FromDomainFacts,
  choice: Extract<ModeChoice, { kind: 'chosen' }>,
  now: number,
): FrozenFacts {
  const { verification } = from;
  const aligned = choice.mode === 'aligned' && 'signingDomain' in verification;
  const ownReturnPath = choice.variant === 'b2' && verification.kind === 'dkim+returnpath';
  return {
    v: frozenFactsVersion,
    mode: choice.mode,
    modeRow: choice.row,
    why: reasonOf(choice),
    dateMs: now,
    selector: aligned ? verification.selector : identity.activeSelector,
    ...(aligned ? { signingDomain: verification.signingDomain } : {}),
    returnPathHost: ownReturnPath ? verification.returnPathHost : identity.bounceHost,
    tokenKeyId: identity.keyring.current,
  };
}

function reasonOf(choice: ModeChoice): string {
  return choice.why[0]?.fact ?? `row ${choice.row} of the table`;
}
