/*
 * The words by which people would see what kind of mail it is, in the languages that servers speak. Lower
 * case; looked for as they stand.
 */

const delayed = [
  'will keep trying',
  'will continue to try',
  'will be retried',
  'still being retried',
  'still trying',
  'will try again',
  'will retry',
  'keep trying to',
  'keep trying until',
  'warning message only',
  'is a warning only',
  'this is just a warning',
  'do not need to resend',
  'no need to resend',
  'not necessary to resend',
  'has been delayed',
  'is delayed',
  'delivery delayed',
  'delivery delay',
  'delayed mail',
  'message delayed',
  'not yet been delivered',
  'not been delivered yet',
  'delivery status notification (delay)',
  'temporary problem delivering',
  'attempts to deliver the message will continue',
  'will be attempted again',
  'no action is required',
  'verzögert',
  'weiterhin versucht',
  'retardé',
];

const failed = [
  'giving up',
  'given up',
  'gave up',
  'permanent error',
  'permanent fatal error',
  'permanent failure',
  'failed permanently',
  'could not be delivered',
  'undeliverable',
  'returned to sender',
  'returning message',
  'message has been deleted from the queue',
  'will not be retried',
  'no further attempts',
  'unable to deliver',
  'delivery failed',
  'delivery has failed',
];

/** Whether a notice says that delivery is late and goes on being tried. */
export function saysDelayed(text: string): boolean {
  const lower = text.toLowerCase();
  return delayed.some((words) => lower.includes(words));
}

/** Whether a notice says that nobody tries any more. */
export function saysFailed(text: string): boolean {
  const lower = text.toLowerCase();
  return failed.some((words) => lower.includes(words));
}

// Who sends notices and what they are called.
const daemon =
  /mailer-?daemon|post-?master|mail\.?delivery|delivery\.?(?:system|subsystem)|mail(?:er)? (?:system|administrator|robot)|system administrator|mdaemon|mailadmin|mail-?daemon|bounce/i;
const subjects =
  /undeliver|not deliver|non-?deliver|un-?delivered|delivery (?:status|failure|failed|problem|error|report|notif|has failed|unsuccess|delay|to .{1,80} failed)|fail(?:ure|ed)? (?:notice|notif|of delivery|to deliver|delivery)|deliver(?:y|ed)? fail|returned (?:mail|message|to sender|e-?mail)|return(?:ed|ing) (?:message|mail|to)|mail (?:delivery|system error|failure|error|failed|status)|mail could not|message (?:status|delayed|undeliv|not delivered|delivery|you sent blocked)|could ?n[o']t (?:be )?(?:deliver|send)|unable to deliver|cannot be delivered|can ?not deliver|bounced?\b|user unknown|unknown (?:user|address|recipient)|warning: (?:could not|message|mail|e-?mail)|delayed mail|nondeliverable|unzustellbar|zustell(?:ung|barkeit|fehl)|nicht zugestellt|non remis|échec|rapport de non|impossible de remettre|mancata consegna|non recapitabile|devuel|no se puede entregar|no entregado|não (?:foi )?entreg|não entregue|falha|недостав|не доставлен|ошибк|olevererbart|kunde inte levereras|onbestelbaar|niet bezorgd|nedoručen|niedostarczon|zwrot|配信|送信できません|エラー|退信|无法投递|投递失败|系统退信/i;

/** Whether sender or subject are those of a notice. */
export function looksLikeNotice(from: string, subject: string): boolean {
  return daemon.test(from) || subjects.test(subject);
}

/** Whether a subject alone is that of a notice. */
export function isNoticeSubject(subject: string): boolean {
  return subjects.test(subject);
}

/** Whether the sender is a mail system. */
export function isDaemon(from: string): boolean {
  return daemon.test(from);
}
