import type { RuleFile } from '../rule.ts';

/*
 * The few things that a server says most often, in languages that need no file of their own: Swedish,
 * Danish, Norwegian, Finnish; Czech, Slovak, Croatian, Slovene; Hungarian, Romanian, Turkish, Greek,
 * Ukrainian.
 */

/** What servers say in languages that have no file of their own. */
export const moreLanguages: RuleFile = {
  name: 'languages',
  kind: 'theme',
  rules: [
    {
      id: 'languages.full',
      class: 'mailbox_full',
      why: '"Full" of a mailbox.',
      phrases: [
        '(brevlada~|postlada~|postkasse~|indbakke~|innboks~|inkorg~|inkorgen|mottagarens|postilaatik~|postlaatik~) *4 (full|fuld|fullt|taynna|overfyldt|overskriden)',
        '(schrank~|postovni|sanducic|pretinac|nabiralnik) *4 (plna|preplnena|plny|pun|puno|poln|prepun)',
        '(postafiok~|postaladaja|tarhely~) *4 (megtelt|tele|betelt)',
        '(casuta|cutia postala|posta kutusu|kutusu|γραμματοκιβώτιο|θυρίδα|скринька|скриньку) *4 (plina|dolu|doldu|γεμάτο|γεμάτη|переповнена|заповнена|переповнено)',
        '(kvota|kvoten|kiintio|kota|kotasi|квоту|квота) *3 (overskriden|overskredet|ylitetty|ylittynyt|prekrocena|doldu|asildi|asimi|перевищено|перевищена)',
      ],
      examples: [
        '552 Mottagarens brevlåda är full',
        '552 Posta kutusu dolu',
        '552 A postafiók megtelt',
      ],
    },
    {
      id: 'languages.inactive',
      class: 'mailbox_inactive',
      why: '"Switched off", "suspended" of a mailbox.',
      phrases: [
        '(konto|kontot|kontoen|brevlada~|postkasse~|tili|tilin) *4 (avstangt|avstangd|sparrat|sparrad|lukket|spaerret|deaktiver~|inaktiv~|suljettu|poistettu)',
        '(ucet|schrank~|racun) *4 (zablokovan~|zrusen~|zruseny|deaktivovan~|pozastaven~|onemogocen|blokiran~)',
        '(fiok~|postafiok~|cont|contul|hesap|hesabi|kullanici|λογαριασμός|обліковий запис|скриньку) *4 (letiltva|letiltottak|megszunt|zarolt|suspendat|dezactivat|kapatildi|kapali|askiya|devre disi|ανενεργός|απενεργοποιημένος|заблоковано|вимкнено|відключено)',
      ],
      not: ['(ip|server|host)'],
      examples: ['550 Kontot är avstängt', '550 Účet byl zablokován', '550 Hesap kapatıldı'],
    },
    {
      id: 'languages.user-unknown',
      class: 'user_unknown',
      why: '"Unknown", "not there" of a user, mailbox or address.',
      phrases: [
        '(mottagare~|mottakere~|modtager~|anvandare~|bruker~|adress~|adresse~|konto|kontot|brevlada~|postkasse~) *4 (okand|okant|ukjent|ukendt|finns inte|finns ej|finnes ikke|findes ikke|eksisterer ikke|existerar inte|saknas)',
        '(okand|ukjent|ukendt|ingen) (mottagare|mottaker|modtager|anvandare|bruker|adress|adresse|sadan bruger)',
        '(vastaanottaja~|kayttaja~|osoite~|osoitetta|tilia) *4 (loydy|tuntematon|olemassa)',
        '(tuntematon|virheellinen) (vastaanottaja|kayttaja|osoite)',
        '(uzivatel~|pouzivatel~|prijemce|prijemca|adresat|schranka|schranku|adresa|korisnik|primatelj|uporabnik|naslovnik|prejemnik) *4 (neexistuje|nenalezen|nenalezena|neznamy|neznama|nenajdeny|nezname|ne postoji|nepoznat|ne obstaja|neznan)',
        '(neznamy|neznama|neexistujici|neexistujuci|nepoznat|neznan) (uzivatel|pouzivatel|prijemce|prijemca|adresa|adresat|korisnik|primatelj|uporabnik|prejemnik)',
        '(cimzett~|felhasznalo~|postafiok~|cim|fiok) *4 (ismeretlen|nem letezik|nem talalhato|ervenytelen)',
        '(ismeretlen|nem letezo|nincs ilyen) (cimzett|felhasznalo|postafiok|cim)',
        '(utilizator~|destinatar~|adresa|casuta|contul) *4 (necunoscut|necunoscuta|inexistent|inexistenta|nu exista|invalid|invalida)',
        '(kullanici~|alici~|hesap|adres|adresi|posta kutusu) *4 (bulunamadi|bilinmiyor|mevcut degil|gecersiz|yok)',
        '(bilinmeyen|gecersiz|boyle bir) (kullanici|alici|adres|hesap)',
        '(χρήστης|παραλήπτης|διεύθυνση|λογαριασμός) *4 (άγνωστος|άγνωστη|δεν υπάρχει|δεν βρέθηκε)',
        '(користувач~|одержувач~|отримувач~|адреса|адресат~|скринька|скриньки) *4 (не знайдено|не існує|невідомий|невідома|не знайдена|не існують|немає)',
        '(невідомий|немає такого) (користувач|одержувач|отримувач|адресат|користувача)',
      ],
      not: [
        '(avsandare~|avsender~|afsender~|lahettaja~|odesilatel~|odosielatel~|posiljatelj|felado~|expeditor~|gonderen~|αποστολέα~|відправник~|domen|domain|domena|домен)',
        '(full|fuld|plna|megtelt|plina|dolu)',
      ],
      examples: [
        '550 Okänd mottagare',
        '550 Uživatel neexistuje',
        '550 A felhasználó nem található',
        '550 Kullanıcı bulunamadı',
        '550 Користувача не знайдено',
      ],
    },
    {
      id: 'languages.blocked',
      class: 'blocklisted',
      why: 'The host is blocked or on a list.',
      phrases: [
        '(svartlist~|svarteliste~|sortliste~|mustalla listalla|cerne listine|ciernej listine|crnoj listi|crni listi|feketelist~|lista neagra|kara liste~|kara listede|μαύρη λίστα|чорному списку|чорний список)',
        '(ip|ip adress~|ip adresse~|server~|osoite) *4 (blockerad|blokkert|blokeret|sparrad|estetty|zablokovan~|blokiran~|letiltva|blocat|engellendi|engelli|заблоковано|заблокований)',
      ],
      examples: ['554 IP adresiniz engellendi', '554 Din server är svartlistad'],
    },
    {
      id: 'languages.later',
      class: 'remote_system_error',
      strength: 'weak',
      why: 'The server asks to come back later.',
      phrases: [
        '(forsok|prov) (igen|pa nytt) *2 senare',
        '(prov igen senere|forsok igjen senere|yrita myohemmin|pokusajte kasnije|poskusite pozneje|спробуйте пізніше|δοκιμάστε αργότερα)',
        '(zkuste|skuste|probalja|incercati|daha sonra) *3 (pozdeji|neskor|kesobb|tarziu|deneyin)',
      ],
      examples: ['451 Lütfen daha sonra tekrar deneyin', '451 Försök igen senare'],
    },
  ],
};
