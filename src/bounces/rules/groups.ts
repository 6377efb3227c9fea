import type { RuleFile } from '../rule.ts';

/*
 * Hosts of groups write their refusals in the language of the sender. Two words tell the meaning in
 * any language: the one for a right or a permission, and the one for a group.
 */

const permission = [
  '(allowed|permitted|authorised|authorized|permission|permissions|rights) *1 to (post|send|publish|write)',
  // German, Dutch, Scandinavian, Finnish, Icelandic.
  '(berechtig~|befugt|befugnis|toestemming|gemachtigd|bevoegd~|behorig~|tillstand|tillatelse|tilladelse|oikeutta|oikeuksia|lupaa|valtuuksia|heimild|leyfi)',
  // French, Spanish, Portuguese, Catalan, Italian, Romanian.
  '(autoris~|permiso|permisos|permis|autoriza~|permissao|permissoes|autorizz~|permesso|permessi|permisiun~|dreptul)',
  // Polish, Czech, Slovak, Slovene, Croatian; Russian, Ukrainian, Bulgarian, Serbian.
  '(uprawnien~|uprawnion~|pozwoleni~|zezwoleni~|opravnen~|povoleni~|dovoljenj~|dopusten~|dozvol~|ovlast~)',
  '(разрешени~|разрешен|прав|права|право|полномочий|дозвол~|дозвіл|повноважень|овлашћ~)',
  // Hungarian, Turkish, Estonian, Latvian, Lithuanian, Greek.
  '(jogosult~|engedely~|izni~|izin|yetki~|oigus~|luba|atlauj~|tiesib~|leidim~|teisi~|δικαίωμα|δικαιώματα|άδεια|εξουσιοδότηση|εξουσιοδοτημέν~)',
  // Hebrew, Arabic, Persian, Urdu, Hindi, Marathi, Bengali, Gujarati, Tamil, Telugu.
  '(הרשאה|הרשאות|אישור|מורשה|מורשים|רשות|إذن|الإذن|إذنا|صلاحية|صلاحيات|الصلاحية|مصرح~|تصريح|أذونات|اجازه|مجوز|اجازت)',
  '(अनुमति|परवानगी|অনুমতি|પરવાનગી|அனுமதி|అనుమతి)',
  // Vietnamese, Indonesian, Malay, Filipino, Swahili, Thai; Japanese, Chinese, Korean.
  '(quyen|phep|kebenaran|pahintulot|ruhusa|สิทธิ์|อนุญาต)',
  '(権限|許可|权限|權限|许可|권한|허가)',
];

const group = [
  '(group~|grup~|grub~|groep~|csoport~|skupin~|ryhma~|hopinn|hopurinn|hopnum|nhom|kumpulan|kikundi)',
  '(груп~|ομάδ~|קבוצה|הקבוצה|לקבוצה|בקבוצה|שהקבוצה|مجموعة|المجموعة|للمجموعة|بالمجموعة|گروه|گروپ)',
  '(समूह|गट|গ্রুপ|গোষ্ঠী|જૂથ|குழு~|సమూహ~|กลุ่ม)',
  '(グループ|メーリングリスト|群组|群組|论坛|論壇|그룹)',
  '(mailing list|mailing lists|distribution list|mailinglist~)',
];

/** Groups and mailing lists that take no posts of this sender. */
export const groups: RuleFile = {
  name: 'groups',
  kind: 'theme',
  rules: [
    {
      id: 'groups.not-there-or-closed',
      class: 'sender_rejected',
      why: 'A notice without a reply, of the host of the group: this sender may not post, and whether the group is there at all stays open.',
      codes: ['none'],
      phrases: permission,
      with: group,
      examples: [
        'Perhaps there is no such group, perhaps you lack the permission to post to it',
        'Diese Gruppe gibt es nicht, oder Ihnen fehlt die Berechtigung für Beiträge',
        'グループに投稿する権限がありません',
        'คุณไม่มีสิทธิ์โพสต์ในกลุ่มนี้',
        'आपको इस समूह में लिखने की अनुमति नहीं है',
      ],
      counterExamples: ['The group of servers has no permission for that'],
    },
    {
      id: 'groups.closed',
      class: 'recipient_refused',
      why: 'The group or mailing list takes posts of its members, or of certain senders, only.',
      phrases: permission,
      with: group,
      examples: [
        '550 5.7.1 You lack the permission to post to the group team@acme.example',
        "550 5.7.1 Vous n'êtes pas autorisé à écrire à ce groupe",
        '550 5.7.1 На публикацию в группе нужно разрешение',
      ],
    },
    {
      id: 'groups.members-only',
      class: 'recipient_refused',
      why: 'Whoever is not a member may not write to the group or mailing list.',
      phrases: [
        '(not|isnt|arent) (a|an)? (list|group)? (member|members|subscriber|subscribers|subscribed) (of|to) *3 (list|group|lists|forum)',
        '(only|restricted to|limited to|reserved for|closed to) (the|its|list|group|non|registered|existing|current)? *1 (members|subscribers|nonmembers)',
        '(members|subscribers) only',
        '(posting|posts|post|writing|sending|messages) (to|in|on) (this|the|that) *2 (list|group|forum) *4 (restricted|limited|closed|moderated|not allowed|not permitted|not authorized|disabled|refused)',
        '(list|group|forum) is (moderated|closed|private)',
        '(non members|nonmembers|non subscribers) *3 (not|refused|rejected|may|cannot|cant)',
      ],
      with: ['(list|lists|group|groups|post|posts|posting|forum|members)'],
      not: ['(ip|host|client host|sender group|sendergroup)'],
      examples: [
        '550 5.7.1 Only subscribers may write to news@lists.example: post refused',
        '550 You are not a member of the list news@lists.example',
        '554 5.7.1 Posting to this group is limited',
      ],
    },
    {
      id: 'groups.members-only-in-words',
      class: 'recipient_refused',
      why: '"Only members", in German, French, Spanish, Portuguese, Italian, Dutch, Polish, Russian.',
      phrases: [
        '(nur|ausschliesslich) *1 (mitglieder~|abonnenten)',
        '(seuls|reserve aux|uniquement) *1 (membres|abonnes)',
        '(solo|unicamente|somente|apenas|soltanto) *1 (miembros|suscriptores|membros|assinantes|membri|iscritti)',
        '(alleen|tylko|wylacznie|только) *1 (leden|abonnees|czlonkowie|czlonkow|участники|подписчики)',
      ],
      examples: ['550 Hier schreiben nur Mitglieder', '550 Seuls les membres peuvent écrire ici'],
    },
  ],
};
