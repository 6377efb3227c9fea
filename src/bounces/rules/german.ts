import type { RuleFile } from '../rule.ts';

/** What servers say in German. */
export const german: RuleFile = {
  name: 'german',
  kind: 'theme',
  rules: [
    {
      id: 'german.user-unknown',
      class: 'user_unknown',
      why: '"Unknown", "not there" of a user, mailbox or address.',
      phrases: [
        '(empfanger|empfaenger|empfangeradresse|empfaengeradresse|benutzer|postfach|mailbox|adresse|email adresse|konto|nutzer|teilnehmer|mailadresse|adressat|account|user) *5 (unbekannt|existiert nicht|nicht gefunden|nicht vorhanden|nicht bekannt|ungultig|ungueltig|gibt es nicht|nicht existent|nicht (mehr)? gultig|nicht mehr vorhanden|nicht erreichbar|nicht verfugbar|nicht ermittelt|nicht mehr)',
        '(unbekannter|unbekannte|ungultiger|ungultige|unbekanntes|kein|keine|ungultiges|falsche) (konto|empfanger|empfangeradresse|benutzer|adresse|postfach|nutzer|mailadresse|teilnehmer|email adresse|solches postfach|solcher benutzer|gultiger empfanger)',
        '(die|der|das) (empfangeradresse|adresse|empfanger|postfach) (wurde)? nicht gefunden',
      ],
      not: ['(absender|absenderadresse|voll|gesperrt|uberschritten|domain|domane)'],
      examples: [
        '550 Empfänger jane@acme.example unbekannt',
        '550 Das Postfach existiert nicht',
        '550 Unbekannter Benutzer',
      ],
    },
    {
      id: 'german.full',
      class: 'mailbox_full',
      why: '"Full", "quota exceeded" of a mailbox.',
      phrases: [
        '(postfach|mailbox|konto|speicher|posteingang|account|empfanger|briefkasten|quota) *5 (voll|uberfullt|uberschritten|erschopft|ausgeschopft|uberquota)',
        '(speicherplatz|kontingent|quota|speicherkontingent|speichergrenze|mailboxlimit|speicherlimit) *5 (uberschritten|erschopft|voll|belegt|erreicht|aufgebraucht|ausgeschopft)',
        '(postfach|mailbox|konto|posteingang) *4 (maximale|zulassige) *2 (erreicht|uberschritten)',
        '(kein|nicht genug|nicht genugend|zu wenig) (freier)? (speicherplatz|speicher|platz)',
      ],
      examples: ['552 5.2.2 Das Postfach ist voll', '552 Speicherplatz überschritten'],
    },
    {
      id: 'german.inactive',
      class: 'mailbox_inactive',
      why: '"Locked", "switched off" of a mailbox.',
      phrases: [
        '(postfach|konto|benutzer|empfanger|mailbox|adresse|account) *4 (gesperrt|deaktiviert|inaktiv|stillgelegt|geschlossen|geloscht|abgemeldet|nicht aktiv|abgeschaltet)',
      ],
      not: ['(ip|absender|server)'],
      examples: ['550 Das Konto des Empfängers ist deaktiviert'],
    },
    {
      id: 'german.domain',
      class: 'domain_unknown',
      why: '"Unknown" of a domain or host.',
      phrases: [
        '(domain|domane|zieldomain|host|rechner|server) *4 (unbekannt|existiert nicht|nicht gefunden|ungultig|nicht auflosbar)',
        '(unbekannte|ungultige) (domain|domane)',
        'kein (mx|mx eintrag)',
      ],
      not: ['(absender|absenderdomain)'],
      examples: ['550 Die Domain acme.example existiert nicht'],
    },
    {
      id: 'german.blocked',
      class: 'blocklisted',
      why: 'The address of the host is blocked or on a list.',
      phrases: [
        '(ip|ip adresse|server|host|rechner|mailserver) *5 (gesperrt|blockiert|gelistet|abgelehnt|blacklist|sperrliste|geblockt)',
        '(sperrliste|blackliste|schwarze liste|schwarzen liste)',
      ],
      examples: ['554 Ihre IP-Adresse ist gesperrt'],
    },
    {
      id: 'german.sender',
      class: 'sender_rejected',
      why: 'The sender is refused or unknown.',
      phrases: [
        '(absender|absenderadresse|absenderdomain|sender) *4 (abgelehnt|gesperrt|unbekannt|ungultig|nicht erlaubt|nicht zulassig|existiert nicht|nicht akzeptiert|blockiert|nicht berechtigt|nicht gefunden)',
        '(ungultiger|unbekannter|gefalschter) absender',
      ],
      examples: ['550 Absenderadresse nicht erlaubt'],
    },
    {
      id: 'german.rate',
      class: 'rate_limited',
      why: 'Too many mails or connections.',
      phrases: [
        'zu viele (verbindungen|nachrichten|mails|emails|empfanger|anfragen|gleichzeitige verbindungen)',
        '(limit|grenze|anzahl) *4 (mails|nachrichten|verbindungen|empfanger) *3 (uberschritten|erreicht)',
        'zu (schnell|haufig)',
      ],
      examples: ['421 Zu viele Verbindungen'],
    },
    {
      id: 'german.size',
      class: 'message_too_large',
      why: 'The message is too large.',
      phrases: [
        '(nachricht|mail|email|anhang) *4 (zu gross|zu gros|zu groß|uberschreitet)',
        '(maximale|zulassige) (nachrichtengrose|grose|mailgrose|nachrichtengroesse|groesse)',
      ],
      examples: ['552 Die Nachricht ist zu groß'],
    },
    {
      id: 'german.spam',
      class: 'spam_content',
      why: 'The message is taken for spam or unwanted.',
      phrases: [
        '(als|wie) (spam|werbung|unerwunscht) (erkannt|eingestuft|klassifiziert|abgelehnt|aussehend)?',
        '(spamverdacht|unerwunschte werbung|unerwunschter inhalt)',
      ],
      examples: ['550 Spamverdacht'],
    },
    {
      id: 'german.refused',
      class: 'recipient_refused',
      why: 'The recipient does not want it.',
      phrases: [
        '(annahme|zustellung|empfang) *3 (verweigert|abgelehnt|nicht erwunscht)',
        'empfanger *4 (verweigert|lehnt|wunscht keine|gesperrt fur)',
        'empfanger abgelehnt',
      ],
      examples: ['550 Annahme verweigert: der Empfänger wünscht keine Mail'],
    },
    {
      id: 'german.later',
      class: 'remote_system_error',
      strength: 'weak',
      why: 'The server asks to come back later.',
      phrases: [
        '(vorubergehend|temporar|zeitweise|spater)',
        '(spater|nochmals|erneut) (erneut|noch einmal|wieder|nochmal)? (versuchen|probieren)',
        '(interner|technischer) fehler',
        '(nicht (verfugbar|erreichbar))',
      ],
      examples: ['451 Vorübergehend gestört, bitte später'],
    },
  ],
};
