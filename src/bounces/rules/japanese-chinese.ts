import type { RuleFile } from '../rule.ts';

/** What servers say in Japanese. */
export const japanese: RuleFile = {
  name: 'japanese',
  kind: 'theme',
  rules: [
    {
      id: 'japanese.full',
      class: 'mailbox_full',
      why: '"Full", "quota exceeded" of a mailbox.',
      phrases: [
        '(メールボックス|受信箱|容量|メール容量|ディスク容量) *12 (一杯|いっぱい|オーバー|超過|超え|超えて|満杯|上限)',
      ],
      examples: ['552 メールボックスの容量が超過しています'],
    },
    {
      id: 'japanese.inactive',
      class: 'mailbox_inactive',
      why: '"Disabled", "suspended" of a mailbox.',
      phrases: [
        '(アカウント|メールボックス|利用者|ユーザ) *12 (停止|無効|利用できません|休止|解約|凍結)',
      ],
      examples: ['550 このアカウントは停止されています'],
    },
    {
      id: 'japanese.user-unknown',
      class: 'user_unknown',
      why: '"Unknown", "not there" of a user, mailbox or address.',
      phrases: [
        '(宛先|ユーザ|アドレス|メールアドレス|受信者|あて先|送信先|ユーザー|利用者) *14 (存在しません|見つかりません|見つかりませんでした|存在しない|不明|登録されていません|ありません|誤り|間違|見つからな|正しくありません)',
        '(存在しない|無効な|不明な) (ユーザ|アドレス|宛先|メールアドレス|受信者)',
      ],
      not: ['(送信者|差出人|ドメイン|発信者)'],
      examples: ['550 宛先のアドレスが見つかりません', '550 ユーザーは存在しません'],
    },
    {
      id: 'japanese.domain',
      class: 'domain_unknown',
      why: '"Unknown" of a domain or host.',
      phrases: ['(ドメイン|ホスト) *10 (存在しません|見つかりません|存在しない|見つからな)'],
      not: ['(送信者|差出人)'],
      examples: ['550 ドメインが見つかりません'],
    },
    {
      id: 'japanese.refused',
      class: 'recipient_refused',
      why: 'The recipient does not want it.',
      phrases: ['(受信拒否|受信を拒否|受信者により拒否)'],
      examples: ['550 受信拒否されました'],
    },
    {
      id: 'japanese.spam',
      class: 'spam_content',
      why: 'The message is taken for spam.',
      phrases: ['(迷惑メール|スパム)'],
      examples: ['550 迷惑メールと判定されました'],
    },
    {
      id: 'japanese.size',
      class: 'message_too_large',
      why: 'The message is too large.',
      phrases: ['(サイズ|大きさ) *10 (超え|超過|大きすぎ|制限)', '大きすぎます'],
      examples: ['552 メールのサイズが制限を超えています'],
    },
    {
      id: 'japanese.later',
      class: 'remote_system_error',
      strength: 'weak',
      why: 'The server asks to come back later.',
      phrases: ['(しばらく|後ほど|時間をおいて|のちほど) *14 (再|もう一度|試|送信)', '一時的'],
      examples: ['451 しばらくしてから再度お試しください'],
    },
  ],
};

/** What servers say in Chinese. */
export const chinese: RuleFile = {
  name: 'chinese-words',
  kind: 'theme',
  rules: [
    {
      id: 'chinese-words.full',
      class: 'mailbox_full',
      why: '"Full", "quota exceeded" of a mailbox.',
      phrases: [
        '(邮箱|信箱|郵箱|空间|容量|收件人) *8 (已满|满|已滿|不足|超限|超出|爆满)',
        '(空间不足|容量已满|超过配额|超出配额)',
      ],
      examples: ['552 收件人邮箱已满'],
    },
    {
      id: 'chinese-words.inactive',
      class: 'mailbox_inactive',
      why: '"Disabled", "suspended" of a mailbox.',
      phrases: ['(账号|帐号|帐户|账户|邮箱|用户) *6 (停用|禁用|冻结|被锁定|已注销|暂停|失效|被封)'],
      examples: ['550 该帐号已停用'],
    },
    {
      id: 'chinese-words.user-unknown',
      class: 'user_unknown',
      why: '"Unknown", "not there" of a user, mailbox or address.',
      phrases: [
        '(用户|收件人|邮箱|帐号|账号|地址|信箱|使用者|收件者) *8 (不存在|未找到|找不到|无效|有误|不正确|错误|查无)',
        '(不存在|无效|没有) (的)? (用户|收件人|邮箱|地址|收件人地址)',
        '(无此用户|查无此人|无此邮箱|没有此用户)',
      ],
      not: ['(发件人|域名|已满|停用|禁用)'],
      examples: ['550 用户不存在', '550 收件人地址有误: 无此用户'],
    },
    {
      id: 'chinese-words.domain',
      class: 'domain_unknown',
      why: '"Unknown" of a domain or host.',
      phrases: ['(域名|域) *6 (不存在|未找到|找不到|无效|错误)'],
      not: ['发件人'],
      examples: ['550 域名不存在'],
    },
    {
      id: 'chinese-words.blocked',
      class: 'blocklisted',
      why: 'The address of the host is blocked or on a list.',
      phrases: ['(黑名单|ip 被|被列入)', '(ip|地址|服务器) *6 (封禁|被禁止|被屏蔽|被拒绝)'],
      examples: ['554 您的IP在黑名单中'],
    },
    {
      id: 'chinese-words.sender',
      class: 'sender_rejected',
      why: 'The sender is refused or unknown.',
      phrases: ['(发件人|发信人|寄件人|寄件者) *8 (被拒绝|拒绝|不存在|无效|不允许|被禁止|有误)'],
      examples: ['550 发件人被拒绝'],
    },
    {
      id: 'chinese-words.rate',
      class: 'rate_limited',
      why: 'Too many mails, connections or recipients.',
      phrases: [
        '(频率|频繁|次数|连接数|发信量|发送量) *8 (限制|超过|过高|超出|过多|上限|受限)',
        '(过于频繁|发送过快|连接过多|过多)',
      ],
      examples: ['421 发送频率超过限制'],
    },
    {
      id: 'chinese-words.size',
      class: 'message_too_large',
      why: 'The message is too large.',
      phrases: ['(邮件|附件|信件) *6 (过大|太大|超过大小)'],
      examples: ['552 邮件过大'],
    },
    {
      id: 'chinese-words.spam',
      class: 'spam_content',
      why: 'The message is taken for spam.',
      phrases: ['(垃圾邮件|垃圾信|广告邮件|可疑邮件)'],
      examples: ['550 疑似垃圾邮件'],
    },
    {
      id: 'chinese-words.refused',
      class: 'recipient_refused',
      why: 'The recipient does not want it.',
      phrases: ['(收件人|对方) *4 (拒收|拒绝接收|拒绝)', '(拒收)'],
      examples: ['550 被收件人拒收'],
    },
    {
      id: 'chinese-words.later',
      class: 'remote_system_error',
      strength: 'weak',
      why: 'The server asks to come back later.',
      phrases: [
        '(稍后|请稍候|稍候|以后) *6 (重试|再试|再发|尝试)',
        '(系统|服务器) *2 (忙|繁忙|错误|故障)',
      ],
      examples: ['451 系统繁忙，请稍后再试'],
    },
  ],
};
