import type { Envelope } from '../../mail/envelope.ts';
import { headerNames } from '../../mail/header-names.ts';
import { decodeWords } from './decode-words.ts';
import { expectedResults, type ExpectedResults } from './expected-results.ts';
import { readFields, valuesOf, type ReadField } from './read-fields.ts';
import { readMailboxes, type ShownMailbox } from './read-mailboxes.ts';
import { readSignatures, type ReadSignature } from './read-signatures.ts';
import type { ViewFacts } from './view-facts.ts';

/** A message as it lies before its reader: read from the bytes, with what the receiver will find. */
export interface ReceivedMail {
  readonly fields: readonly ReadField[];
  readonly formProblems: readonly string[];
  /** The first author, whom mail programs show. */
  readonly from: ShownMailbox;
  /** How many authors the From fields name; one in a proper message. */
  readonly fromCount: number;
  readonly sender?: ShownMailbox;
  readonly replyTo: readonly ShownMailbox[];
  readonly to: readonly ShownMailbox[];
  readonly cc: readonly ShownMailbox[];
  readonly subject: string;
  readonly date: string;
  readonly signatures: readonly ReadSignature[];
  readonly envelope: Envelope;
  readonly expected: ExpectedResults;
}

/** Reads a message and works out what its receiver will find. */
export function receiveMail(
  message: Buffer | string,
  envelope: Envelope,
  facts: ViewFacts,
): ReceivedMail {
  const { fields, formProblems } = readFields(message);
  const mailboxes = (name: string): readonly ShownMailbox[] =>
    valuesOf(fields, name).flatMap(readMailboxes);
  const signatures = readSignatures(fields);
  const authors = mailboxes(headerNames.from);
  const from = authors[0] ?? { address: '' };
  const [sender] = mailboxes(headerNames.sender);
  return {
    fields,
    formProblems,
    from,
    fromCount: authors.length,
    ...(sender === undefined ? {} : { sender }),
    replyTo: mailboxes(headerNames.replyTo),
    to: mailboxes(headerNames.to),
    cc: mailboxes(headerNames.cc),
    subject: decodeWords(valuesOf(fields, headerNames.subject)[0] ?? ''),
    date: valuesOf(fields, headerNames.date)[0] ?? '',
    signatures,
    envelope,
    expected: expectedResults(from.address, signatures, envelope, facts),
  };
}
