import type { RuleFile } from '../rule.ts';

/** What servers say in Russian. */
export const russianWords: RuleFile = {
  name: 'russian-words',
  kind: 'theme',
  rules: [
    {
      id: 'russian-words.greylist',
      class: 'greylisted',
      why: 'Greylisting.',
      phrases: ['(серый|серого|серые|серых|сером) (список|списка|списки|списков|списке)'],
      examples: ['451 Серый список, повторите позже'],
    },
    {
      id: 'russian-words.full',
      class: 'mailbox_full',
      why: '"Full", "quota exceeded" of a mailbox.',
      phrases: [
        'ящик *4 (переполнен|полон|заполнен)',
        '(квота|лимит|места|место) *4 (превышена|исчерпана|превышен|исчерпано|исчерпан|недостаточно)',
        '(превышена|превышен|исчерпана) *2 (квота|размер ящика|лимит ящика|объем)',
      ],
      examples: ['552 Почтовый ящик переполнен'],
    },
    {
      id: 'russian-words.inactive',
      class: 'mailbox_inactive',
      why: '"Disabled", "suspended" of a mailbox.',
      phrases: [
        '(ящик|аккаунт|учетная запись|пользователь|почтовый ящик) *4 (заблокирован|отключен|заблокирована|отключена|удален|неактивен|удалена|приостановлен|закрыт)',
      ],
      not: ['(ip|отправитель|сервер)'],
      examples: ['550 Почтовый ящик заблокирован'],
    },
    {
      id: 'russian-words.user-unknown',
      class: 'user_unknown',
      why: '"Unknown", "not there" of a user, mailbox or address.',
      phrases: [
        '(пользователь|получатель|адрес|ящик|адресат|абонент) *4 (не найден|не существует|неизвестен|отсутствует|не зарегистрирован|неверный|недействителен)',
        '(нет такого|неизвестный|несуществующий|не найден|не существует|неверный) (пользователя|пользователь|получатель|адрес|ящика|адресат|получателя|почтовый ящик|ящик)',
        'такого (пользователя|адреса|ящика) *2 (нет|не существует)',
      ],
      not: ['(отправител~|домен)'],
      examples: ['550 Пользователь не найден', '550 Нет такого пользователя'],
    },
    {
      id: 'russian-words.domain',
      class: 'domain_unknown',
      why: '"Unknown" of a domain or host.',
      phrases: ['домен *3 (не существует|не найден|неизвестен)'],
      not: ['отправителя'],
      examples: ['550 Домен не существует'],
    },
    {
      id: 'russian-words.blocked',
      class: 'blocklisted',
      why: 'The address of the host is blocked or on a list.',
      phrases: [
        '(ip|сервер|адрес ip|хост|ip адрес) *4 (заблокирован|черном списке|отклонен)',
        '(черном|черный|черных) (списке|список|списках)',
      ],
      examples: ['554 Ваш IP заблокирован'],
    },
    {
      id: 'russian-words.rate',
      class: 'rate_limited',
      why: 'Too many mails, connections or recipients.',
      phrases: [
        '(слишком (много|часто))',
        '(превышен|превышено) *3 (лимит|количество|число|частота) *3 (писем|сообщений|соединений|отправки|подключений|получателей)',
      ],
      examples: ['421 Слишком много соединений'],
    },
    {
      id: 'russian-words.size',
      class: 'message_too_large',
      why: 'The message is too large.',
      phrases: [
        '(сообщение|письмо) *2 (слишком большое|слишком велико)',
        'размер *3 (превышает|превышен)',
      ],
      not: ['ящика'],
      examples: ['552 Письмо слишком большое'],
    },
    {
      id: 'russian-words.spam',
      class: 'spam_content',
      why: 'The message is taken for spam.',
      phrases: ['(спам|спамом|спама|похоже на спам|подозрение на спам|нежелательн~)'],
      examples: ['554 Письмо похоже на спам'],
    },
    {
      id: 'russian-words.later',
      class: 'remote_system_error',
      strength: 'weak',
      why: 'The server asks to come back later.',
      phrases: [
        '(попробуйте|повторите|попытайтесь) *3 (позже|позднее|попытку|снова)',
        'временн~ (ошибка|недоступен|недоступна|сбой|проблема)',
        'внутренняя ошибка',
      ],
      examples: ['451 Попробуйте позже'],
    },
  ],
};
