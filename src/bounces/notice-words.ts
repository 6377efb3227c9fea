/*
 * The words by which people see what kind of mail it is, in the languages that servers speak. The
 * patterns are alternatives of plain words, nothing nested, and they get at most the first 16 kB.
 */

const lookedAt = 16_384;

/** A text of lines as one line, in the form in which words are looked for. */
export function flatText(text: string): string {
  return text.slice(0, lookedAt).replace(/[\s>*|]+/g, ' ');
}

const late =
  /(?:will|shall|still|keeps?|continues?|continue to|being) (?:keep |be |continue |re-?attempt |currently )?(?:to )?(?:be )?(?:try|trying|tried|retry|retrying|retried|attempt|attempted|attempting)|(?:attempts?|attempting|trying) to (?:deliver|send)(?: it| the message| your message)? (?:will|for up to)|warning message only|(?:is|just) a warning|warning only|(?:not|n't|no) need to (?:re-?send|retry)|(?:not|n't) (?:have to|necessary to|required to) re-?send|(?:has|have|been|is|was|be|message|delivery|mail) delayed|delayed (?:mail|message|delivery)|delivery (?:is |has been )?(?:delay|incomplete|delayed)|delay(?:ed)? notif|\(delay\)|not (?:yet been|been yet) delivered|not been delivered yet|temporary problem delivering|temporarily (?:deferred|delayed|undeliver)|still (?:waiting )?in (?:the|our) (?:mail )?queue|go(?:es|ing)? on (?:trying|being tried)|next attempt|verzögert|weiterhin versuch|(?:erneut|weiter) versucht|retardé|sera retent|nouvelle tentative|se (?:volverá a intentar|seguirá intentando)|retrasad|atrasad|tentaremos novamente|ritardat|verrà ritentat|отложен|повторн\p{L}{1,4} попыт|vertraagd|opnieuw geprobeerd|försenad|opóźnion|再送を(?:試|続)|遅延|延迟|将继续尝试/iu;

const over =
  /giv(?:e|es|ing|en) up|gave up|permanent(?:ly)? (?:error|fatal|fail)|failed permanently|returned to sender|returning (?:your |the )?(?:message|mail)|(?:deleted|removed) from the (?:mail )?queue|(?:not|n't) be (?:retried|tried again)|no (?:further|more) attempts|no longer (?:try|be tried)|could not be delivered (?:for|within|after)|undeliverable|delivery (?:has )?failed|failure notice|\(failure\)|envelope expired|message expired/i;

/** Whether a notice says that delivery is late and goes on being tried. */
export function saysDelayed(subject: string, flat: string): boolean {
  if (late.test(subject) || /\bdelay|verzöger|retard[ée]|ritard|отложен/i.test(subject))
    return true;
  return late.test(flat) && !over.test(subject) && !over.test(flat);
}

// Who sends notices and what they are called.
const daemon =
  /mailer[- ]?daemon|post[-_]?master|mail\.?delivery|delivery[. ]?(?:sub)?system|mail(?:er)? (?:system|administrator|robot)|system administrator|mdaemon|mailadmin|mail-?daemon|bounce/i;
const subjects =
  /undeliver|not deliver|non-?deliver|un-?delivered|delivery (?:status|failure|failed|problem|error|report|notif|has failed|unsuccess|delay|to .{1,80} failed)|fail(?:ure|ed)? (?:notice|notif|mail\b|of delivery|to deliver|delivery)|deliver(?:y|ed)? fail|returned (?:mail|message|to sender|e-?mail)|return(?:ed|ing) (?:message|mail|to)|mail (?:delivery|system error|failure|error|failed|status)|mail could not|message (?:status|delayed|undeliv|not delivered|delivery|you sent blocked)|could ?n[o']t (?:be )?(?:deliver|send)|unable to deliver|cannot be delivered|can ?not deliver|bounced?\b|user unknown|unknown (?:user|address|recipient)|warning: (?:could not|message|mail|e-?mail)|delayed mail|nondeliverable|unzustellbar|zustell(?:ung|barkeit|fehl)|nicht zugestellt|non remis|échec|rapport de non|impossible de remettre|mancata consegna|non recapitabile|devuel|no se puede entregar|no entregado|não (?:foi )?entreg|não entregue|falha|недостав|не доставлен|ошибк|olevererbart|kunde inte levereras|onbestelbaar|niet bezorgd|nedoručen|niedostarczon|zwrot|配信|送信できません|エラー|退信|无法投递|投递失败|系统退信/i;

/** Whether a subject is that of a notice. */
export function isNoticeSubject(subject: string): boolean {
  return subjects.test(subject);
}

/** Whether the sender is a mail system. */
export function isDaemon(from: string): boolean {
  return daemon.test(from);
}

// What only a mail about a delivery says.
const undelivered =
  /(?:not|n't|never) (?:be |been |yet )?(?:delivered|deliver|reach|sent|send|accept|match)|undeliver|unable to (?:deliver|send|reach)|problem deliver|delivery (?:has )?(?:failed|failure|error|problem|attempt|incomplete)|deliver(?:y|ing)? (?:a |the |your )?message|failed (?:to deliver|permanently|recipient)|rejected|bounced|returned to (?:you|sender)|returning (?:your |the )?(?:message|mail)|user unknown|unknown (?:user|recipient|address|local)|no such (?:user|address|recipient|mailbox|person)|mailbox (?:is )?(?:full|unavailable|not found|disabled)|over quota|does(?: not|n't) exist|invalid (?:user|recipient|address|mailbox)|undelivered|not a valid (?:user|recipient|address|mailbox)|delayed|envelope expired|nicht (?:zu(?:ge|zu)stell|erreich)|unzustellbar|zustellung|n'a pas (?:pu|été) |non remis|échec|no se (?:pudo|ha podido|puede) |no entregado|devuelto|não (?:pôde|foi|pode) |não entreg|impossibile (?:recapitare|consegnare)|non (?:è stato|recapitat)|mancata consegna|не (?:может быть |могло быть |было |удалось |был )?(?:достав|отправ)|недостав|niet (?:worden |)(?:bezorgd|afgeleverd)|kunde inte levereras|nie (?:mo(?:że|gła) |został)|配信(?:でき|不能|され)|送信できません|お届け(?:でき|する)|宛先.{0,20}(?:ありません|不明|存在)|見つかりません|退信|无法(?:投递|送达|发送)|未能送达|投递失败|被退回|전송(?:하지|되지|실패)/i;

/** Whether a text speaks of a mail that was not delivered. */
export function speaksOfDelivery(flat: string): boolean {
  return undelivered.test(flat);
}
