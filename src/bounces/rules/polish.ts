import type { RuleFile } from '../rule.ts';

/** What servers say in Polish. */
export const polish: RuleFile = {
  name: 'polish',
  kind: 'theme',
  rules: [
    {
      id: 'polish.full',
      class: 'mailbox_full',
      why: '"Full", "quota exceeded" of a mailbox.',
      phrases: [
        '(skrzynka|konto|uzytkownik|skrzynki|skrzynka pocztowa|limit|pojemnosc) *5 (pelna|przepelniona|przepelnione|przekroczony|przekroczona|przekroczyl|zapelniona|pelne)',
        '(przekroczono|przekroczony|przekroczona) *3 (limit|pojemnosc|quota|przestrzen|quote)',
      ],
      examples: ['552 Skrzynka jest pełna'],
    },
    {
      id: 'polish.inactive',
      class: 'mailbox_inactive',
      why: '"Disabled", "suspended" of a mailbox.',
      phrases: [
        '(konto|skrzynka|uzytkownik|adres|adresat) *4 (zablokowane|zablokowana|zawieszone|nieaktywne|nieaktywna|wylaczone|usuniete|zablokowany|zawieszona|wylaczona)',
      ],
      not: ['(ip|serwer)'],
      examples: ['550 Konto zablokowane'],
    },
    {
      id: 'polish.user-unknown',
      class: 'user_unknown',
      why: '"Unknown", "not there" of a user, mailbox or address.',
      phrases: [
        '(uzytkownik|adresat|odbiorca|skrzynka|adres|konto|odbiorcy) *5 (nieznany|nie istnieje|nieznana|nieprawidlowy|nie znaleziony|nie znaleziono|niepoprawny|bledny|nieistniejacy)',
        '(nieznany|nie ma takiego|brak takiego|nieprawidlowy|nie znaleziono|brak) (uzytkownik|uzytkownika|adresat|odbiorca|adresata|konta|skrzynki|adresu|odbiorcy|adres)',
      ],
      not: ['(nadawca|domena|nadawcy)'],
      examples: ['550 Użytkownik nie istnieje', '550 Nieznany adresat'],
    },
    {
      id: 'polish.domain',
      class: 'domain_unknown',
      why: '"Unknown" of a domain or host.',
      phrases: ['domena *4 (nie istnieje|nieznana|nieprawidlowa)'],
      not: ['nadawcy'],
      examples: ['550 Domena nie istnieje'],
    },
    {
      id: 'polish.blocked',
      class: 'blocklisted',
      why: 'The address of the host is blocked or on a list.',
      phrases: [
        '(ip|adres ip|serwer) *5 (zablokowany|czarnej liscie|odrzucony|zablokowane)',
        '(czarnej|czarna) (liscie|lista)',
      ],
      examples: ['554 Adres IP zablokowany'],
    },
    {
      id: 'polish.rate',
      class: 'rate_limited',
      why: 'Too many mails, connections or recipients.',
      phrases: [
        '(zbyt wiele|za duzo|zbyt duzo) (wiadomosci|polaczen|odbiorcow|maili)',
        'limit *3 (wiadomosci|polaczen)',
      ],
      examples: ['421 Zbyt wiele połączeń'],
    },
    {
      id: 'polish.size',
      class: 'message_too_large',
      why: 'The message is too large.',
      phrases: ['wiadomosc *3 (zbyt duza|za duza)'],
      examples: ['552 Wiadomość zbyt duża'],
    },
    {
      id: 'polish.spam',
      class: 'spam_content',
      why: 'The message is taken for spam.',
      phrases: ['(niechciana|niezamowiona) (wiadomosc|poczta|korespondencja)', 'wiadomosc *5 spam'],
      examples: ['550 Niechciana wiadomość'],
    },
    {
      id: 'polish.later',
      class: 'remote_system_error',
      strength: 'weak',
      why: 'The server asks to come back later.',
      phrases: [
        '(sprobuj|prosze sprobowac|sprobowac) *2 (pozniej|ponownie)',
        'tymczasowo (niedostepny|niedostepna)',
        '(blad|problem) (tymczasowy|wewnetrzny)',
      ],
      examples: ['451 Spróbuj później'],
    },
  ],
};
