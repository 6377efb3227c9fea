import { domainOfShown, mailboxText, type ShownMailbox } from './read-mailboxes.ts';
import type { ReceivedMail } from './received-mail.ts';
import { isWithin, organisationalDomainOf, type ViewFacts } from './view-facts.ts';

/** The mail programs we know rules of. */
export type ClientName =
  'gmail' | 'outlook-desktop' | 'outlook-web' | 'apple-mail' | 'yahoo' | 'thunderbird';

/**
 * How sure a view is: `documented` by the maker, `reported` by others, `unknown`: no document was
 * found, and what is shown is the plain reading of the header.
 */
export type Confidence = 'documented' | 'reported' | 'unknown';

/** One line of the detailed header view. */
export interface DetailLine {
  readonly label: string;
  readonly value: string;
}

/** What one mail program shows of a message. */
export interface ClientView {
  readonly client: ClientName;
  /** Name and address of the author. */
  readonly shows: string;
  /** Domain after "via"; null where there is no such mark. */
  readonly via: string | null;
  /** The whole phrase `… on behalf of …`; null where there is none. */
  readonly onBehalfOf: string | null;
  /** The sender line as a whole, with its mark. */
  readonly line: string;
  /** To whom an answer goes. */
  readonly answersGoTo: string;
  /** What is behind the details button. */
  readonly details: readonly DetailLine[];
  readonly confidence: Confidence;
  /** Where the rule comes from. */
  readonly source: string;
}

/** What every mail program of our list shows. */
export function clientViews(mail: ReceivedMail, facts: ViewFacts): readonly ClientView[] {
  const plain = {
    shows: mailboxText(mail.from),
    line: mailboxText(mail.from),
    via: null,
    onBehalfOf: null,
    answersGoTo: (mail.replyTo.length > 0 ? mail.replyTo : [mail.from]).map(mailboxText).join(', '),
    details: allHeaders(mail),
  };
  const { shows } = plain;
  const phrase = outlookPhrase(mail);
  const withVia = (via: string | null) => ({
    via,
    line: via === null ? shows : `${shows} via ${via}`,
  });
  return [
    {
      ...plain,
      ...withVia(gmailVia(mail, facts)),
      client: 'gmail',
      details: gmailDetails(mail, facts),
      confidence: 'documented',
      source: 'Gmail help 1311182 and 180707: via, mailed-by and signed-by',
    },
    {
      ...plain,
      client: 'outlook-desktop',
      onBehalfOf: phrase,
      line: phrase === null ? shows : `${mail.sender?.address ?? ''} on behalf of ${shows}`,
      // That Sender is kept beside From is documented, how it is worded is reported.
      confidence: phrase === null ? 'documented' : 'reported',
      source: 'MS-OXCMAIL 2.2.3.1.3: Sender and From; wording as Mailgun and BigContacts report it',
    },
    {
      ...plain,
      ...withVia(outlookWebVia(mail, facts)),
      client: 'outlook-web',
      confidence: 'documented',
      source: 'Defender for Office 365, unauthenticated sender indicators',
    },
    {
      ...plain,
      client: 'apple-mail',
      confidence: 'unknown',
      source: 'Apple documents the short header only; no document mentions a via mark',
    },
    {
      ...plain,
      client: 'yahoo',
      confidence: 'unknown',
      source: 'no document found; From alone is what is seen',
    },
    {
      ...plain,
      client: 'thunderbird',
      confidence: 'documented',
      source: 'Thunderbird source: Sender is hidden unless mailnews.headers.showSender is set',
    },
  ];
}

/** Whether two hosts have one organisational domain. */
function isSameOrganisation(left: string, right: string, facts: ViewFacts): boolean {
  return organisationalDomainOf(left, facts) === organisationalDomainOf(right, facts);
}

/**
 * Gmail's mark: none if a passing signature or the MAIL FROM domain is of From's organisation, else the
 * signing domain, else that of MAIL FROM.
 */
function gmailVia({ from, expected }: ReceivedMail, facts: ViewFacts): string | null {
  const fromDomain = domainOfShown(from);
  const { signedBy, spf, mailFromDomain } = expected;
  const sources = spf === 'pass' ? [...signedBy, mailFromDomain] : signedBy;
  if (sources.some((source) => isSameOrganisation(source, fromDomain, facts))) return null;
  return sources[0] ?? null;
}

/** Outlook's mark: none if a passing signature or MAIL FROM is of the From domain or below it. */
function outlookWebVia(mail: ReceivedMail, facts: ViewFacts): string | null {
  const { signedBy, spf, mailFromDomain } = mail.expected;
  const fromDomain = domainOfShown(mail.from);
  const sources = spf === 'pass' ? [...signedBy, mailFromDomain] : signedBy;
  return sources.some((source) => isWithin(source, fromDomain)) ? null : gmailVia(mail, facts);
}

function outlookPhrase({ sender, from }: ReceivedMail): string | null {
  if (sender === undefined) return null;
  if (sender.address.toLowerCase() === from.address.toLowerCase()) return null;
  return `${sender.address} on behalf of ${from.name ?? from.address}`;
}

function gmailDetails(mail: ReceivedMail, facts: ViewFacts): readonly DetailLine[] {
  const { signedBy, spf, mailFromDomain } = mail.expected;
  const fromDomain = domainOfShown(mail.from);
  const ownSignature = signedBy.find((domain) => isSameOrganisation(domain, fromDomain, facts));
  const signed = ownSignature ?? signedBy[0];
  return lines([
    ['from', mailboxText(mail.from)],
    ['reply-to', listText(mail.replyTo)],
    ['to', listText(mail.to)],
    ['cc', listText(mail.cc)],
    ['date', mail.date],
    ['subject', mail.subject],
    ['mailed-by', spf === 'pass' ? mailFromDomain : undefined],
    ['signed-by', signed],
  ]);
}

function allHeaders(mail: ReceivedMail): readonly DetailLine[] {
  const { signatures, expected, envelope } = mail;
  const signed = signatures.map(({ domain }) => domain);
  return lines([
    ['From', mailboxText(mail.from)],
    ['Sender', mail.sender === undefined ? undefined : mailboxText(mail.sender)],
    ['Reply-To', listText(mail.replyTo)],
    ['Return-Path', `<${envelope.mailFrom}>`],
    ['DKIM d=', (expected.isDirect ? expected.signedBy : signed).join(', ')],
  ]);
}

function lines(
  pairs: readonly (readonly [label: string, value: string | undefined])[],
): readonly DetailLine[] {
  return pairs.flatMap(([label, value]) =>
    value === undefined || value === '' ? [] : [{ label, value }],
  );
}

function listText(mailboxes: readonly ShownMailbox[]): string {
  return mailboxes.map(mailboxText).join(', ');
}
