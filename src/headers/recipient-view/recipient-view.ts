import type { Envelope } from '../../mail/envelope.ts';
import { clientViews, type ClientView } from './clients.ts';
import type { ExpectedResults } from './expected-results.ts';
import { receiveMail } from './received-mail.ts';
import {
  requirementsOf,
  unjudgedRequirements,
  type Requirement,
  type UnjudgedRequirement,
} from './requirements.ts';
import type { ViewFacts } from './view-facts.ts';

/** A message as its recipient and her provider will see it. */
export interface RecipientView {
  readonly expected: ExpectedResults;
  readonly clients: readonly ClientView[];
  readonly requirements: readonly Requirement[];
  /** Rules that the message does not tell about. */
  readonly notJudged: readonly UnjudgedRequirement[];
}

/** What a view is computed from. */
export interface ViewedMessage {
  /** The bytes as they go on the wire, signatures included. */
  readonly message: Buffer | string;
  readonly envelope: Envelope;
  readonly facts: ViewFacts;
}

/**
 * Computes what a recipient will see and what receivers will find. It reads the bytes anew and trusts
 * nothing that rendered them; pure. Signatures are not verified: of a signature under one of our
 * selectors it is taken for granted that its key is published.
 */
export function recipientView({ message, envelope, facts }: ViewedMessage): RecipientView {
  const mail = receiveMail(message, envelope, facts);
  return {
    expected: mail.expected,
    clients: clientViews(mail, facts),
    requirements: requirementsOf(mail, facts),
    notJudged: unjudgedRequirements,
  };
}
