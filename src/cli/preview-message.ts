import type { DomainFacts } from '../domains/domain-facts.ts';
import { assembleMessage } from '../headers/assemble-message.ts';
import { recipientView, type RecipientView } from '../headers/recipient-view/recipient-view.ts';
import { renderMessage } from '../headers/render-message.ts';
import { domainOf, isAsciiAddress } from '../mail/address.ts';
import { chooseMode, type ModeChoice } from '../mail/choose-mode.ts';
import type { FromDomainFacts } from '../mail/domain-facts.ts';
import type { Envelope } from '../mail/envelope.ts';
import { randomMessageId, sendIdOf } from '../mail/ids.ts';
import type { CheckedSend } from '../producer/check-send.ts';
import { sendJobVersion, type SendJob } from '../queue/send-job.ts';
import { OnbehalfError } from '../runtime/errors.ts';
import { frozenFactsOf } from '../worker/choose-masking.ts';
import { fillContent } from '../worker/fill-content.ts';
import type { Identity } from '../worker/identity.ts';
import { maskMessage, type MaskedMail } from '../worker/mask-message.ts';

/*
 * What a send would become, made by the parts that make it: the decision table, the worker's
 * rendering and signing, the recipient view. Nothing is stored or sent.
 */

/** What a preview is made from. */
export interface PreviewRequest {
  readonly send: CheckedSend;
  readonly identity: Identity;
  readonly domains: DomainFacts;
  /** Whether the user has a mailbox of her own connected. */
  readonly connected: boolean;
  /** Whether the tenant accepts `on-behalf` for this kind. */
  readonly optedIn: boolean;
  /** Time of the Date field and the signatures, ms since 1970. */
  readonly now: number;
}

type Chosen = Extract<ModeChoice, { kind: 'chosen' }>;

/** What a send would become. */
export interface Preview {
  /** What DNS says of the user's domain. */
  readonly from: FromDomainFacts;
  readonly choice: Chosen;
  /** Whether the real send would wait for DNS first; `choice` is what follows after the hour. */
  readonly waits: boolean;
  /** All recipients; each gets a transaction of its own with a `mailFrom` of its own. */
  readonly envelope: Envelope;
  /** The signed bytes. */
  readonly message: Buffer;
  readonly view: RecipientView;
}

/**
 * Previews a send.
 *
 * @throws OnbehalfError `MODE_CANNOT_PASS` for a mode that is asked for and cannot pass;
 *   `RENDER_FAILED`, `SIGNING_FAILED`
 */
export async function previewMessage(request: PreviewRequest): Promise<Preview> {
  const { send, identity, domains } = request;
  const { address } = send.content.from;
  const from = await domains.factsOf(domainOf(address), send.tenant);
  const { choice, waits } = await chosenFor(request, from);
  const mail = await mask(request, from, choice);
  const envelope = { mailFrom: mail.envelope.mailFrom, rcptTo: send.recipients };
  const view = recipientView({
    message: mail.message,
    envelope,
    facts: {
      provider: {
        domain: identity.domain,
        bounceHost: identity.bounceHost,
        selectors: identity.inDns.selectors.map(({ selector }) => selector),
      },
      from,
      kind: send.kind,
    },
  });
  return { from, choice, waits, envelope, message: mail.message, view };
}

async function chosenFor(
  { send, domains, connected, optedIn }: PreviewRequest,
  from: FromDomainFacts,
): Promise<{ readonly choice: Chosen; readonly waits: boolean }> {
  const { requestedMode } = send;
  const recipientDomains = [...new Set(send.recipients.map(domainOf))];
  const facts = {
    kind: send.kind,
    from,
    nonAsciiLocalPart: !isAsciiAddress(send.content.from.address),
    connected,
    optedIn,
    recipients: await Promise.all(recipientDomains.map(async (each) => domains.providerOf(each))),
    // What the fleet learned is in Redis, which a preview does without.
    forcedRewritten: [],
    ...(requestedMode === undefined ? {} : { requested: requestedMode }),
  };
  const first = chooseMode(facts);
  const waits = first.kind === 'wait';
  const choice = waits ? chooseMode({ ...facts, dnsWaitOver: true }) : first;
  if (choice.kind === 'chosen') return { choice, waits };
  const why = choice.why.map(({ fact }) => fact).join(' ');
  const instead = choice.kind === 'refused' ? ` Mode ${choice.better} can.` : '';
  throw new OnbehalfError(
    'MODE_CANNOT_PASS',
    `mode ${requestedMode ?? ''} cannot pass: ${why}${instead}`,
  );
}

/** Renders and signs for the first recipient, as a worker would. */
async function mask(
  { send, identity, now }: PreviewRequest,
  from: FromDomainFacts,
  choice: Chosen,
): Promise<Pick<MaskedMail, 'envelope' | 'message'>> {
  const messageId = randomMessageId();
  const [recipient] = send.recipients;
  if (recipient === undefined) throw new OnbehalfError('INVALID_INPUT', 'there is no recipient');
  const { content } = send;
  if (choice.mode === 'direct') {
    // Her own provider signs, and takes the mail under her own address.
    const { address } = content.from;
    const rendered = renderMessage({
      mode: 'direct',
      messageId,
      messageIdHost: domainOf(address),
      dateMs: now,
      content: fillContent(content, send.filling ?? {}),
    });
    const envelope = { mailFrom: address, rcptTo: [recipient] };
    return { envelope, message: assembleMessage(rendered, []) };
  }
  const job: SendJob = {
    v: sendJobVersion,
    sendId: sendIdOf(messageId, recipient),
    messageId,
    tenant: send.tenant,
    recipient,
    recipientDomains: [...new Set(send.recipients.map(domainOf))],
    contentKey: '',
    kind: send.kind,
    createdAt: now,
    sendAt: now,
    expiresAt: now + expiresAfterMs,
    ...send.filling,
  };
  const frozen = frozenFactsOf(identity, from, choice, now);
  return maskMessage(identity, job, frozen, content, { signs: 'us', returnPath: 'ours' });
}

/** Like the default of a send: 72 hours. */
const expiresAfterMs = 72 * 3_600_000;
