import type { RuleFile } from '../rule.ts';

/** What servers say in Korean. */
export const korean: RuleFile = {
  name: 'korean',
  kind: 'theme',
  rules: [
    {
      id: 'korean.full',
      class: 'mailbox_full',
      why: '"Full", "over the limit" of a mailbox.',
      phrases: [
        '(메일함|편지함|사서함|메일박스|저장공간|저장 공간|수신자) *10 (초과|가득|꽉|부족|찼습니다)',
      ],
      not: ['(크기|발송)'],
      examples: ['552 수신자의 편지함이 가득 찼습니다'],
    },
    {
      id: 'korean.inactive',
      class: 'mailbox_inactive',
      why: '"Dormant", "suspended" of an account.',
      phrases: [
        '(계정|사용자|아이디|회원|메일함) *8 (휴면|정지|해지|탈퇴|비활성|중지)',
        '(휴면|정지된|탈퇴한|해지된) *2 (계정|사용자|아이디|회원)',
      ],
      examples: ['550 이 계정은 휴면 상태입니다'],
    },
    {
      id: 'korean.user-unknown',
      class: 'user_unknown',
      why: '"Not there", "not found" of a user or address.',
      phrases: [
        '(사용자|수신자|주소|계정|아이디|메일함|받는사람|받는 사람) *8 (존재하지|없습니다|없는|찾을 수 없|확인되지|올바르지|잘못)',
        '(존재하지 않는|없는|잘못된|알 수 없는) *4 (사용자|수신자|주소|계정|아이디|메일)',
      ],
      not: ['(발신자|보낸|도메인|권한)'],
      examples: ['550 받는 사람의 주소를 찾을 수 없습니다', '550 없는 계정입니다'],
    },
    {
      id: 'korean.domain',
      class: 'domain_unknown',
      why: '"Not there", "not found" of a domain.',
      phrases: ['도메인 *8 (존재하지|없습니다|찾을 수 없)', '(존재하지 않는|없는) *2 도메인'],
      not: ['(발신|보낸)'],
      examples: ['550 도메인을 찾을 수 없습니다'],
    },
    {
      id: 'korean.blocked',
      class: 'blocklisted',
      why: 'The host is blocked or on a list.',
      phrases: ['(블랙리스트|차단목록|차단 목록)', '(ip|아이피|서버) *8 (차단|거부)'],
      examples: ['554 발신 IP가 차단되었습니다'],
    },
    {
      id: 'korean.rate',
      class: 'rate_limited',
      why: 'Too many mails or connections.',
      phrases: [
        '(발송|전송|접속|연결|수신자 수) *10 (초과|제한|많습니다)',
        '너무 (많은|자주|빨리)',
      ],
      examples: ['421 동시 접속 수를 초과했습니다'],
    },
    {
      id: 'korean.size',
      class: 'message_too_large',
      why: 'The message is too large.',
      phrases: ['(메일|메시지|첨부|본문|파일) *6 (크기|용량|사이즈) *8 (초과|큽니다|제한|넘)'],
      not: ['(메일함|편지함)'],
      examples: ['552 메일의 크기가 제한을 넘었습니다'],
    },
    {
      id: 'korean.spam',
      class: 'spam_content',
      why: 'The message is taken for spam.',
      phrases: ['(스팸|광고성|광고 메일)'],
      examples: ['550 스팸 메일로 판단되어 거부합니다'],
    },
    {
      id: 'korean.refused',
      class: 'recipient_refused',
      why: 'The recipient does not want it.',
      phrases: ['(수신거부|수신 거부|수신을 거부|수신자가 거부|수신이 거부)'],
      examples: ['550 수신 거부된 메일입니다'],
    },
    {
      id: 'korean.later',
      class: 'remote_system_error',
      strength: 'weak',
      why: 'The server asks to come back later.',
      phrases: ['(잠시 후|나중에|잠시후) *8 (다시|재시도)', '일시적'],
      examples: ['451 잠시 후 다시 시도해 주세요'],
    },
  ],
};
