import type { KeyObject } from 'node:crypto';
import { assembleMessage } from '../../../src/headers/assemble-message.ts';
import { createDkimSigner } from '../../../src/headers/dkim-signer.ts';
import type { ViewFacts } from '../../../src/headers/recipient-view/view-facts.ts';
import type { ViewedMessage } from '../../../src/headers/recipient-view/recipient-view.ts';
import { renderMessage } from '../../../src/headers/render-message.ts';
import { signAll } from '../../../src/headers/sign-all.ts';
import type { EmailAddress } from '../../../src/mail/address.ts';
import type { DmarcFacts, FromDomainFacts } from '../../../src/mail/domain-facts.ts';
import type { MaskingMode } from '../../../src/mail/kinds.ts';
import type { MessageContent } from '../../../src/mail/message-content.ts';
import { rsaKey } from '../verify-signature.ts';
import { example, exampleBulk, inMode } from '../example-message.ts';

/** How a viewed message differs from Jane's plain one. */
export interface ViewedCase {
  readonly mode: MaskingMode;
  /** Of `aligned`; default `b2`. */
  readonly variant?: 'b1' | 'b2';
  readonly dmarc?: DmarcFacts;
  readonly kind?: ViewFacts['kind'];
  readonly content?: Partial<MessageContent>;
}

/** A DMARC record of acme.example. */
export function dmarc(policy: 'none' | 'quarantine' | 'reject', strictSpf = false): DmarcFacts {
  return {
    kind: 'published',
    policy,
    recordDomain: 'acme.example',
    strictDkim: false,
    strictSpf,
  };
}

let key: KeyObject | undefined;

/** Renders and signs a message as the worker does, with what is needed to view it. */
export async function viewed(given: ViewedCase): Promise<ViewedMessage> {
  const { mode, variant = 'b2', kind = 'single' } = given;
  key ??= rsaKey(1024);
  const message = inMode(
    example(given.content, kind === 'single' ? {} : { bulk: exampleBulk }),
    mode,
  );
  const rendered = renderMessage(message);
  const signers = signingDomains(mode).map((domain) =>
    createDkimSigner({ domain, selector: 'crm1', key: key ?? rsaKey() }),
  );
  const time = { signedAtMs: message.dateMs };
  const signatures = signers.length === 0 ? [] : await signAll(rendered, signers, time);
  return {
    message: assembleMessage(rendered, signatures),
    envelope: {
      mailFrom: mailFromOf(mode, variant) as EmailAddress,
      rcptTo: ['bob@dest.example' as EmailAddress],
    },
    facts: {
      provider: { domain: 'crm.example', bounceHost: 'bounce.crm.example', selectors: ['crm1'] },
      from: fromFacts(mode, variant, given.dmarc ?? { kind: 'none-found' }),
      kind,
    },
  };
}

function signingDomains(mode: MaskingMode): readonly string[] {
  if (mode === 'direct') return [];
  return mode === 'aligned' ? ['acme.example', 'crm.example'] : ['crm.example'];
}

function mailFromOf(mode: MaskingMode, variant: 'b1' | 'b2'): string {
  if (mode === 'direct') return 'jane@acme.example';
  return mode === 'aligned' && variant === 'b2'
    ? 'b-token@em.acme.example'
    : 'b-token@bounce.crm.example';
}

function fromFacts(mode: MaskingMode, variant: 'b1' | 'b2', record: DmarcFacts): FromDomainFacts {
  const domain = 'acme.example';
  const base = { domain, organisationalDomain: domain, freemail: false, dmarc: record };
  if (mode !== 'aligned') return { ...base, verification: { kind: 'none', missing: [] } };
  const key = { signingDomain: domain, selector: 'crm1' };
  return {
    ...base,
    verification:
      variant === 'b2'
        ? { kind: 'dkim+returnpath', ...key, returnPathHost: 'em.acme.example' }
        : { kind: 'dkim', ...key, missing: [] },
  };
}
