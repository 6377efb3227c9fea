import type { BounceClass } from '../mail/bounce-class.ts';
import type { SmtpReply } from '../mail/smtp-reply.ts';

/*
 * Does a reply refuse a mail because of how its From domain is authenticated? Such a mail may pass
 * in another mode. The class tells that it is about authentication of the mail (not of a login, nor
 * of the host); of that only some is about From: SPF looks at the return path, which is ours in every
 * mode. So words decide, and a code counts only where it has one meaning.
 */

/** `auth_failed`, and what codes without a meaning of their own make of it. */
const classes: ReadonlySet<BounceClass> = new Set(['auth_failed', 'policy', 'security']);

/** Enhanced codes that mean the author domain's policy or authentication wherever they are used. */
const codes = new Set(['4.7.26', '5.7.26', '4.7.32', '5.7.32', '5.7.509', '5.7.515']);

const words: readonly RegExp[] = [
  // "Unauthenticated email from acme.example is not accepted due to domain's DMARC policy."
  /\bdmarc\b/i,
  // "This mail is unauthenticated, … must authenticate with either SPF or DKIM"
  /\bunauthenticated\b.*\b(?:mail|message|email|sender)/i,
  // "… does not meet the required authentication level"
  /\brequired authentication level\b/i,
  // "requires all senders to authenticate with either SPF or DKIM"
  /\brequires? all senders to authenticate\b/i,
  // "From: header is not aligned with …"
  /\bfrom\b.{0,40}\b(?:not aligned|alignment)\b/i,
];

/**
 * Whether a reply (4xx or 5xx) refuses the mail for the policy or authentication of its From domain:
 * the sign that `on-behalf` does not pass there and `rewritten` may.
 *
 * @param about what the reply was classified as
 */
export function isPolicyRefusal(reply: SmtpReply, about: BounceClass): boolean {
  if (!classes.has(about)) return false;
  return codes.has(reply.enhancedCode ?? '') || words.some((pattern) => pattern.test(reply.text));
}
