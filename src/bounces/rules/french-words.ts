import type { RuleFile } from '../rule.ts';

/** What servers say in French. */
export const frenchWords: RuleFile = {
  name: 'french-words',
  kind: 'theme',
  rules: [
    {
      id: 'french-words.greylist',
      class: 'greylisted',
      why: 'Greylisting.',
      phrases: ['liste grise'],
      examples: ['451 Liste grise, réessayez plus tard'],
    },
    {
      id: 'french-words.full',
      class: 'mailbox_full',
      why: '"Full", "quota exceeded" of a mailbox.',
      phrases: [
        '(boite|boite aux lettres|messagerie|mailbox|compte|quota|bal|espace) *5 (pleine|plein|depasse|depassee|sature|saturee|epuise|atteint|insuffisant)',
        '(quota|espace disque|capacite|espace de stockage) *4 (depasse|atteint|insuffisant|epuise|depassee)',
        '(depassement|plus) (de|d) (quota|espace)',
      ],
      examples: ['552 La boîte aux lettres est pleine', '552 5.2.2 Quota dépassé'],
    },
    {
      id: 'french-words.inactive',
      class: 'mailbox_inactive',
      why: '"Disabled", "suspended" of a mailbox.',
      phrases: [
        '(compte|boite|boite aux lettres|utilisateur|destinataire|adresse) *5 (bloque|bloquee|suspendu|suspendue|desactive|desactivee|inactif|inactive|ferme|fermee|cloture|resilie|supprime|supprimee|verrouille)',
      ],
      not: ['(ip|serveur|expediteur)'],
      examples: ['550 Le compte de ce destinataire est suspendu'],
    },
    {
      id: 'french-words.user-unknown',
      class: 'user_unknown',
      why: '"Unknown", "not there" of a user, mailbox or address.',
      phrases: [
        '(utilisateur|destinataire|adresse|boite|boite aux lettres|compte|messagerie|usager|abonne|destinataires) *6 (inconnu|inconnue|inexistant|inexistante|invalide|incorrecte|introuvable|n existe pas|n existe plus|nexiste pas|non trouve|non valide|non trouvee|pas trouve|est pas valide|erronee|absente)',
        '(aucun|aucune|pas d|pas de) (utilisateur|destinataire|boite|compte|adresse)',
        '(inconnu|inconnue) (a cette adresse|ici|au bataillon)',
        'n est pas un (utilisateur|destinataire)',
        'destinataire inconnu',
      ],
      not: ['(expediteur|emetteur|domaine|domaine inconnu)'],
      examples: [
        '550 Cet utilisateur est inconnu chez nous',
        "550 5.1.1 L'adresse du destinataire n'existe pas",
      ],
    },
    {
      id: 'french-words.domain',
      class: 'domain_unknown',
      why: '"Unknown" of a domain or host.',
      phrases: [
        '(domaine|nom de domaine|hote|nom d hote) *5 (inconnu|inexistant|invalide|introuvable|n existe pas|non trouve)',
      ],
      not: ['(expediteur|emetteur)'],
      examples: ['550 Domaine acme.example inconnu'],
    },
    {
      id: 'french-words.blocked',
      class: 'blocklisted',
      why: 'The address of the host is blocked or on a list.',
      phrases: [
        '(adresse ip|ip|serveur|hote) *5 (bloque|bloquee|refuse|refusee|liste noire|blacklist~|interdite|rejetee|listee|bannie)',
        'liste noire',
        'bloques par nos services',
        // "Service refused": to us, for servers that are out of order say "indisponible".
        'service refuse',
      ],
      examples: ['554 Votre adresse IP est bloquée'],
    },
    {
      id: 'french-words.sender',
      class: 'sender_rejected',
      why: 'The sender is refused or unknown.',
      phrases: [
        '(expediteur|emetteur|adresse d expediteur|adresse de l expediteur) *4 (refuse|rejete|inconnu|invalide|interdit|bloque|non autorise|refusee|rejetee|inexistant|n existe pas)',
      ],
      examples: ['550 Expéditeur refusé'],
    },
    {
      id: 'french-words.rate',
      class: 'rate_limited',
      why: 'Too many mails, connections or recipients.',
      phrases: [
        '(trop de|trop d|nombre maximum de|nombre maximal de|limite de) (connexions|messages|mails|courriels|destinataires|sessions|emails|envois|courriers|erreurs)',
        '(debit|frequence|cadence) *3 (depasse|limite|trop)',
      ],
      examples: ['421 Trop de messages, attendez'],
    },
    {
      id: 'french-words.size',
      class: 'message_too_large',
      why: 'The message is too large.',
      phrases: [
        '(message|mail|courriel|piece jointe|courrier) *4 (trop (gros|volumineux|grand|lourd)|volumineuse)',
        'taille *4 (depasse|maximale|trop|maximum|autorisee)',
      ],
      examples: ['552 Message trop volumineux'],
    },
    {
      id: 'french-words.spam',
      class: 'spam_content',
      why: 'The message is taken for spam.',
      phrases: [
        '(pourriel|indesirable|courrier indesirable|indesirables|pollupostage|publicitaire)',
      ],
      not: ['(adresse ip|ip|serveur)'],
      examples: ['550 Message considéré comme indésirable'],
    },
    {
      id: 'french-words.login',
      class: 'security',
      why: 'The server wants a login.',
      phrases: [
        '(authentification|identification|identifiant) *3 (requise|necessaire|obligatoire|echouee|incorrecte|refusee)',
      ],
      examples: ['530 Authentification requise'],
    },
    {
      id: 'french-words.relay',
      class: 'relay_denied',
      why: 'The server does not relay.',
      phrases: ['relais *3 (refuse|interdit|non autorise)', 'relayage'],
      examples: ['550 Relais refusé'],
    },
    {
      id: 'french-words.refused',
      class: 'recipient_refused',
      why: 'The recipient does not want it.',
      phrases: [
        '(refuse|rejete|bloque) par (le|son|votre)? destinataire',
        'destinataire *4 (refuse|ne souhaite|n accepte|n autorise|rejete)',
      ],
      examples: ['550 Message refusé par le destinataire'],
    },
    {
      id: 'french-words.later',
      class: 'remote_system_error',
      strength: 'weak',
      why: 'The server asks to come back later.',
      phrases: [
        '(essayer|reessayer|reessayez|essayez|ressayez) *2 (plus tard|ulterieurement)',
        '(erreur|probleme|incident) (temporaire|interne|technique|serveur)',
        '(temporairement|momentanement) (indisponible|refuse)',
        'service *2 (indisponible|non disponible)',
      ],
      examples: ['451 Veuillez réessayer plus tard'],
    },
  ],
};
