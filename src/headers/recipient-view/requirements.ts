import { headerNames } from '../../mail/header-names.ts';
import { formProblems, sizeProblems } from './form-problems.ts';
import { valuesOf } from './read-fields.ts';
import { domainOfShown } from './read-mailboxes.ts';
import type { ReceivedMail } from './received-mail.ts';
import type { ViewFacts } from './view-facts.ts';

/*
 * What Gmail, Yahoo and Microsoft ask of mail, as far as bytes, envelope and facts can tell. Rules
 * of bulk senders are judged for every message: Gmail counts a domain as one for ever.
 */

/** Providers that publish requirements. */
export type RequiringProvider = 'gmail' | 'yahoo' | 'microsoft';

/** A rule, and whether a message meets it. */
export interface Requirement {
  readonly provider: RequiringProvider;
  readonly rule: string;
  readonly ok: boolean;
  /** Why, one sentence. */
  readonly detail: string;
}

/** A rule that needs to know more than the message. */
export interface UnjudgedRequirement {
  readonly provider: RequiringProvider;
  readonly rule: string;
}

interface Verdict {
  readonly ok: boolean;
  readonly detail: string;
}

type Judge = (mail: ReceivedMail, facts: ViewFacts) => Verdict;

/** Judges a message by all rules that apply to it. */
export function requirementsOf(mail: ReceivedMail, facts: ViewFacts): readonly Requirement[] {
  const isMarketing = facts.kind !== 'single';
  return rules
    .filter((each) => isMarketing || each.marketingOnly !== true)
    .map(({ provider, rule, judge }) => ({ provider, rule, ...judge(mail, facts) }));
}

const someAuthentication: Judge = ({ expected: { spf, dkim } }) => ({
  ok: spf === 'pass' || dkim === 'pass',
  detail: `SPF ${spf}, DKIM ${dkim}.`,
});

const fullAuthentication: Judge = ({ expected: { spf, dkim } }) => ({
  ok: spf === 'pass' && dkim === 'pass',
  detail: `SPF ${spf}, DKIM ${dkim}.`,
});

const hasDmarcRecord: Judge = ({ from, expected }) => {
  const ok = expected.dmarc === 'pass' || expected.dmarc === 'fail';
  const domain = domainOfShown(from);
  return {
    ok,
    detail: ok ? `${domain} has a DMARC record.` : `No DMARC record is known for ${domain}.`,
  };
};

const isAligned: Judge = ({ from, expected: { aligns } }) => {
  const ways = [...(aligns.spf ? ['SPF'] : []), ...(aligns.dkim ? ['DKIM'] : [])];
  const domain = domainOfShown(from);
  return {
    ok: ways.length > 0,
    detail:
      ways.length > 0
        ? `${ways.join(' and ')} aligned with ${domain}.`
        : `Neither SPF nor DKIM is of ${domain}.`,
  };
};

const passesDmarc: Judge = (mail, facts) => {
  const { dmarc } = mail.expected;
  const hasRecord = hasDmarcRecord(mail, facts);
  return hasRecord.ok
    ? { ok: dmarc === 'pass', detail: isAligned(mail, facts).detail }
    : { ok: false, detail: hasRecord.detail };
};

const isWellFormed: Judge = (mail) => {
  const problems = formProblems(mail);
  return { ok: problems.length === 0, detail: problems[0] ?? 'Header and lines are proper.' };
};

const isWithinLimits: Judge = (mail) => {
  const problems = sizeProblems(mail);
  return { ok: problems.length === 0, detail: problems[0] ?? 'All sizes are below the limits.' };
};

const isNoFalseGmail: Judge = ({ from, expected }) => {
  const domain = domainOfShown(from);
  const isGmail = domain === 'gmail.com' || domain === 'googlemail.com';
  return {
    ok: !isGmail || expected.isDirect,
    detail: isGmail ? `From is at ${domain}.` : `From is at ${domain}, not at Gmail.`,
  };
};

const oneClick: Judge = (mail) => {
  const { fields, signatures, expected } = mail;
  const names = [headerNames.listUnsubscribe, headerNames.listUnsubscribePost];
  const [way = ''] = valuesOf(fields, headerNames.listUnsubscribe);
  const [post] = valuesOf(fields, headerNames.listUnsubscribePost);
  const links = [...way.matchAll(/<https:[^>]+>/gi)];
  if (links.length !== 1)
    return { ok: false, detail: 'List-Unsubscribe holds no single https link.' };
  if (post !== 'List-Unsubscribe=One-Click') {
    return { ok: false, detail: 'List-Unsubscribe-Post is missing.' };
  }
  const isSigned = signatures.some(
    ({ domain, covers }) =>
      expected.signedBy.includes(domain) && names.every((name) => covers.has(name.toLowerCase())),
  );
  return {
    ok: isSigned,
    detail: isSigned ? 'One click unsubscribes (RFC 8058).' : 'The signature leaves it out.',
  };
};

const anyUnsubscribe: Judge = ({ fields }) => {
  const [way] = valuesOf(fields, headerNames.listUnsubscribe);
  return {
    ok: way !== undefined,
    detail: way === undefined ? 'There is no List-Unsubscribe.' : 'List-Unsubscribe is there.',
  };
};

interface Rule {
  readonly provider: RequiringProvider;
  readonly rule: string;
  readonly judge: Judge;
  /** Only for what subscribers get, not for a person's mail. */
  readonly marketingOnly?: true;
}

const rules: readonly Rule[] = [
  { provider: 'gmail', rule: 'all senders: SPF or DKIM passes', judge: someAuthentication },
  { provider: 'gmail', rule: 'all senders: form of RFC 5322', judge: isWellFormed },
  { provider: 'gmail', rule: 'all senders: limits of the header', judge: isWithinLimits },
  { provider: 'gmail', rule: 'all senders: no false Gmail address in From', judge: isNoFalseGmail },
  { provider: 'gmail', rule: 'bulk senders: SPF and DKIM pass', judge: fullAuthentication },
  { provider: 'gmail', rule: 'bulk senders: DMARC record of From', judge: hasDmarcRecord },
  { provider: 'gmail', rule: 'bulk senders: From aligned with SPF or DKIM', judge: isAligned },
  {
    provider: 'gmail',
    rule: 'bulk senders: one-click unsubscribe',
    judge: oneClick,
    marketingOnly: true,
  },
  { provider: 'yahoo', rule: 'all senders: SPF or DKIM passes', judge: someAuthentication },
  { provider: 'yahoo', rule: 'all senders: form of RFC 5322', judge: isWellFormed },
  { provider: 'yahoo', rule: 'bulk senders: SPF and DKIM pass', judge: fullAuthentication },
  { provider: 'yahoo', rule: 'bulk senders: DMARC passes', judge: passesDmarc },
  {
    provider: 'yahoo',
    rule: 'bulk senders: list-unsubscribe',
    judge: anyUnsubscribe,
    marketingOnly: true,
  },
  { provider: 'microsoft', rule: 'all senders: From of RFC 5322', judge: isWellFormed },
  { provider: 'microsoft', rule: 'bulk senders: SPF and DKIM pass', judge: fullAuthentication },
  {
    provider: 'microsoft',
    rule: 'bulk senders: DMARC record, aligned with SPF or DKIM',
    judge: passesDmarc,
  },
];

/** Rules that no message shows. */
export const unjudgedRequirements: readonly UnjudgedRequirement[] = [
  { provider: 'gmail', rule: 'reverse DNS of the sending address, and forward again' },
  { provider: 'gmail', rule: 'TLS' },
  { provider: 'gmail', rule: 'spam rate below 0.3 %' },
  { provider: 'gmail', rule: 'unsubscribing takes effect within 48 hours' },
  { provider: 'yahoo', rule: 'reverse DNS of the sending address' },
  { provider: 'yahoo', rule: 'the domains of MAIL FROM and From have an SOA record' },
  { provider: 'yahoo', rule: 'spam rate below 0.3 %' },
  { provider: 'yahoo', rule: 'unsubscribing takes effect within 2 days' },
  { provider: 'microsoft', rule: 'From or Reply-To can receive mail' },
];
