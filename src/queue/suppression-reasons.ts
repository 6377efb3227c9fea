/**
 * Reasons of suppressions that have a number in Redis: append only, for the numbers stay. Others are
 * kept as text.
 */
export const suppressionReasons = [
  'user_unknown',
  'mailbox_inactive',
  'mailbox_full',
  'recipient_moved',
  'recipient_refused',
  'suppressed',
  'domain_unknown',
  'domain_refuses_mail',
  'complaint',
  'unknown',
  'manual',
  'import',
  'unsubscribed',
] as const;

/** Whether a reason has a number. */
export function isSuppressionReason(text: string): text is (typeof suppressionReasons)[number] {
  return (suppressionReasons as readonly string[]).includes(text);
}
