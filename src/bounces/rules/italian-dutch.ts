import type { RuleFile } from '../rule.ts';

/** What servers say in Italian. */
export const italian: RuleFile = {
  name: 'italian',
  kind: 'theme',
  rules: [
    {
      id: 'italian.full',
      class: 'mailbox_full',
      why: '"Full", "quota exceeded" of a mailbox.',
      phrases: [
        '(casella|casella di posta|mailbox|utente|quota|spazio|account) *5 (piena|pieno|superata|superato|esaurita|esaurito|satura|esaurimento|oltre|eccede)',
        '(quota|spazio|limite) *3 (superata|superato|esaurito|esaurita|insufficiente)',
      ],
      examples: ['552 Casella piena', '552 Quota superata'],
    },
    {
      id: 'italian.inactive',
      class: 'mailbox_inactive',
      why: '"Disabled", "suspended" of a mailbox.',
      phrases: [
        '(casella|account|utente|indirizzo|destinatario) *5 (disabilitata|disabilitato|sospesa|sospeso|disattivata|disattivato|bloccata|bloccato|inattiva|inattivo|chiusa|cessata|cancellata)',
      ],
      not: ['(ip|server|mittente)'],
      examples: ['550 Casella disabilitata'],
    },
    {
      id: 'italian.user-unknown',
      class: 'user_unknown',
      why: '"Unknown", "not there" of a user, mailbox or address.',
      phrases: [
        '(utente|destinatario|indirizzo|casella|account|mailbox) *5 (sconosciuto|sconosciuta|non esiste|inesistente|non valido|non valida|non trovato|non trovata|errato|non presente|non attivo|inesistenti)',
        '(nessun|nessuna|non esiste) *2 (utente|casella|destinatario|account|indirizzo)',
      ],
      not: ['(mittente|dominio)'],
      examples: ['550 Utente sconosciuto', '550 La casella non esiste'],
    },
    {
      id: 'italian.domain',
      class: 'domain_unknown',
      why: '"Unknown" of a domain or host.',
      phrases: ['dominio *4 (sconosciuto|non esiste|inesistente|non valido|non trovato)'],
      not: ['mittente'],
      examples: ['550 Dominio inesistente'],
    },
    {
      id: 'italian.blocked',
      class: 'blocklisted',
      why: 'The address of the host is blocked or on a list.',
      phrases: [
        '(ip|indirizzo ip|server) *5 (bloccato|lista nera|rifiutato|blacklist|bloccata)',
        'lista nera',
      ],
      examples: ['554 Il vostro indirizzo IP è bloccato'],
    },
    {
      id: 'italian.sender',
      class: 'sender_rejected',
      why: 'The sender is refused or unknown.',
      phrases: [
        'mittente *4 (rifiutato|sconosciuto|non valido|non autorizzato|bloccato|non consentito|non permesso)',
      ],
      examples: ['550 Mittente rifiutato'],
    },
    {
      id: 'italian.rate',
      class: 'rate_limited',
      why: 'Too many mails, connections or recipients.',
      phrases: [
        '(troppi|troppe|numero massimo di|limite di) (messaggi|connessioni|destinatari|mail|email|invii|errori|sessioni)',
      ],
      examples: ['421 Troppe connessioni'],
    },
    {
      id: 'italian.size',
      class: 'message_too_large',
      why: 'The message is too large.',
      phrases: [
        '(messaggio|allegato) *4 (troppo grande|supera|eccede)',
        'dimensione *4 (massima|supera|eccede|superata)',
      ],
      examples: ['552 Messaggio troppo grande'],
    },
    {
      id: 'italian.spam',
      class: 'spam_content',
      why: 'The message is taken for spam.',
      phrases: [
        '(posta indesiderata|messaggio indesiderato|non sollecitata)',
        '(messaggio|mail) *5 spam',
      ],
      not: ['(ip|server)'],
      examples: ['550 Messaggio indesiderato'],
    },
    {
      id: 'italian.refused',
      class: 'recipient_refused',
      why: 'The recipient does not want it.',
      phrases: ['(rifiutato|bloccato) dal destinatario'],
      examples: ['550 Rifiutato dal destinatario'],
    },
    {
      id: 'italian.later',
      class: 'remote_system_error',
      strength: 'weak',
      why: 'The server asks to come back later.',
      phrases: [
        '(riprovare|riprova|riprovate) *2 (piu tardi|in seguito|dopo)',
        '(errore|problema) (temporaneo|interno|tecnico)',
        'temporaneamente (non disponibile)',
      ],
      examples: ['451 Riprovare più tardi'],
    },
  ],
};

/** What servers say in Dutch. */
export const dutch: RuleFile = {
  name: 'dutch',
  kind: 'theme',
  rules: [
    {
      id: 'dutch.full',
      class: 'mailbox_full',
      why: '"Full", "quota exceeded" of a mailbox.',
      phrases: [
        '(postvak|mailbox|postbus|account|brievenbus|quota|opslag) *5 (vol|overschreden|bereikt|te vol)',
        '(quota|opslagruimte|schijfruimte|limiet) *3 (overschreden|vol|bereikt|onvoldoende)',
      ],
      examples: ['552 De mailbox is vol'],
    },
    {
      id: 'dutch.inactive',
      class: 'mailbox_inactive',
      why: '"Disabled", "suspended" of a mailbox.',
      phrases: [
        '(account|mailbox|gebruiker|postvak|adres|ontvanger) *4 (uitgeschakeld|geblokkeerd|opgeschort|gedeactiveerd|inactief|opgeheven|afgesloten|verwijderd)',
      ],
      not: ['(ip|server|afzender)'],
      examples: ['550 Het account is uitgeschakeld'],
    },
    {
      id: 'dutch.user-unknown',
      class: 'user_unknown',
      why: '"Unknown", "not there" of a user, mailbox or address.',
      phrases: [
        '(gebruiker|ontvanger|adres|mailbox|postvak|geadresseerde|account|emailadres) *5 (onbekend|bestaat niet|niet gevonden|ongeldig|niet bekend|niet (langer)? (geldig|bestaand)|niet aanwezig)',
        '(onbekende|ongeldige|geen) (gebruiker|ontvanger|geadresseerde|mailbox|adres|postvak)',
      ],
      not: ['(afzender|domein)'],
      examples: ['550 Onbekende gebruiker', '550 Dit adres bestaat niet'],
    },
    {
      id: 'dutch.domain',
      class: 'domain_unknown',
      why: '"Unknown" of a domain or host.',
      phrases: ['domein *4 (onbekend|bestaat niet|niet gevonden|ongeldig)'],
      not: ['afzender'],
      examples: ['550 Domein bestaat niet'],
    },
    {
      id: 'dutch.blocked',
      class: 'blocklisted',
      why: 'The address of the host is blocked or on a list.',
      phrases: ['(ip|ip adres|server) *5 (geblokkeerd|zwarte lijst|geweigerd)', 'zwarte lijst'],
      examples: ['554 Uw IP-adres is geblokkeerd'],
    },
    {
      id: 'dutch.sender',
      class: 'sender_rejected',
      why: 'The sender is refused or unknown.',
      phrases: [
        'afzender *4 (geweigerd|onbekend|ongeldig|niet toegestaan|geblokkeerd|bestaat niet)',
      ],
      examples: ['550 Afzender geweigerd'],
    },
    {
      id: 'dutch.rate',
      class: 'rate_limited',
      why: 'Too many mails, connections or recipients.',
      phrases: ['te veel (berichten|verbindingen|ontvangers|mails)'],
      examples: ['421 Te veel verbindingen'],
    },
    {
      id: 'dutch.size',
      class: 'message_too_large',
      why: 'The message is too large.',
      phrases: ['bericht *4 (te groot)'],
      examples: ['552 Bericht is te groot'],
    },
    {
      id: 'dutch.spam',
      class: 'spam_content',
      why: 'The message is taken for spam.',
      phrases: ['(ongewenste (mail|email|post)|ongewenst bericht)', 'bericht *5 spam'],
      examples: ['550 Ongewenste mail'],
    },
    {
      id: 'dutch.later',
      class: 'remote_system_error',
      strength: 'weak',
      why: 'The server asks to come back later.',
      phrases: [
        '(probeer|probeert) *4 (later|opnieuw)',
        'tijdelijk (niet beschikbaar|onbereikbaar)',
        '(tijdelijke|interne) fout',
      ],
      examples: ['451 Probeer het later opnieuw'],
    },
  ],
};
