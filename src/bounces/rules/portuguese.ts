import type { RuleFile } from '../rule.ts';

/** What servers say in Portuguese. */
export const portuguese: RuleFile = {
  name: 'portuguese',
  kind: 'theme',
  rules: [
    {
      id: 'portuguese.full',
      class: 'mailbox_full',
      why: '"Full", "quota exceeded" of a mailbox.',
      phrases: [
        '(caixa|caixa postal|caixa de correio|conta|usuario|quota|cota|mailbox|utilizador) *5 (cheia|cheio|lotada|lotado|excedida|excedido|excedeu|excedeu a|esgotada|ultrapassada|ultrapassou|sem espaco|estourada)',
        '(quota|cota|espaco|limite de armazenamento) *3 (excedida|excedido|esgotado|esgotada|ultrapassada|insuficiente|excedeu)',
      ],
      examples: ['552 Caixa postal cheia', '552 Cota excedida'],
    },
    {
      id: 'portuguese.inactive',
      class: 'mailbox_inactive',
      why: '"Disabled", "suspended" of a mailbox.',
      phrases: [
        '(conta|caixa|caixa postal|usuario|utilizador|destinatario) *5 (suspensa|suspenso|desativada|desativado|bloqueada|bloqueado|inativa|inativo|cancelada|encerrada|desabilitada|desabilitado|removida)',
      ],
      not: ['(ip|servidor|remetente)'],
      examples: ['550 Conta desativada'],
    },
    {
      id: 'portuguese.user-unknown',
      class: 'user_unknown',
      why: '"Unknown", "not there" of a user, mailbox or address.',
      phrases: [
        '(usuario|destinatario|endereco|caixa|caixa postal|conta|utilizador) *5 (desconhecido|desconhecida|nao existe|inexistente|invalido|invalida|nao encontrado|nao encontrada|nao localizado|incorreto|nao cadastrado)',
        '(nao existe|nao ha|nao foi encontrado|nao encontramos) *2 (o|a|esse|este|um|nenhum)? (usuario|destinatario|endereco|conta|caixa|utilizador)',
        'usuario nao (existe|encontrado)',
      ],
      not: ['(remetente|dominio)'],
      examples: ['550 Usuário desconhecido', '550 O destinatário não existe'],
    },
    {
      id: 'portuguese.domain',
      class: 'domain_unknown',
      why: '"Unknown" of a domain or host.',
      phrases: ['dominio *4 (desconhecido|nao existe|inexistente|invalido|nao encontrado)'],
      not: ['remetente'],
      examples: ['550 O domínio acme.example não existe'],
    },
    {
      id: 'portuguese.blocked',
      class: 'blocklisted',
      why: 'The address of the host is blocked or on a list.',
      phrases: [
        '(ip|endereco ip|servidor) *5 (bloqueado|lista negra|rejeitado|listado|bloqueada|recusado)',
        'lista (negra|de bloqueio)',
      ],
      examples: ['554 Seu IP foi recusado'],
    },
    {
      id: 'portuguese.sender',
      class: 'sender_rejected',
      why: 'The sender is refused or unknown.',
      phrases: [
        'remetente *4 (rejeitado|desconhecido|invalido|nao permitido|bloqueado|nao autorizado|recusado|nao existe)',
      ],
      examples: ['550 Remetente rejeitado'],
    },
    {
      id: 'portuguese.rate',
      class: 'rate_limited',
      why: 'Too many mails, connections or recipients.',
      phrases: [
        '(muitas|muitos|excesso de|numero maximo de|limite de|demasiadas|demasiados) (mensagens|conexoes|emails|destinatarios|ligacoes|envios|sessoes|erros)',
        'limite de envio *3 (excedido|atingido)',
      ],
      examples: ['421 Muitas conexões'],
    },
    {
      id: 'portuguese.size',
      class: 'message_too_large',
      why: 'The message is too large.',
      phrases: [
        '(mensagem|anexo|email) *4 (muito grande|grande demais|excede|demasiado grande)',
        'tamanho *4 (excede|maximo|excedido|permitido|limite)',
      ],
      examples: ['552 Mensagem muito grande'],
    },
    {
      id: 'portuguese.spam',
      class: 'spam_content',
      why: 'The message is taken for spam.',
      phrases: [
        '(lixo eletronico|nao solicitado|nao solicitada|indesejado|indesejada)',
        '(mensagem|email) *5 spam',
      ],
      not: ['(ip|servidor)'],
      examples: ['550 Mensagem indesejada'],
    },
    {
      id: 'portuguese.refused',
      class: 'recipient_refused',
      why: 'The recipient does not want it.',
      phrases: [
        '(recusado|rejeitado|bloqueado|recusada|rejeitada) pelo (destinatario|usuario|utilizador)',
      ],
      examples: ['550 Recusado pelo destinatário'],
    },
    {
      id: 'portuguese.login',
      class: 'security',
      why: 'The server wants a login.',
      phrases: ['autenticacao *3 (necessaria|requerida|falhou|obrigatoria|exigida)'],
      examples: ['530 Autenticação necessária'],
    },
    {
      id: 'portuguese.later',
      class: 'remote_system_error',
      strength: 'weak',
      why: 'The server asks to come back later.',
      phrases: [
        '(tente|tentar) *2 (novamente|mais tarde|depois)',
        '(erro|falha|problema) (temporario|temporaria|interno|interna)',
        'temporariamente (indisponivel|fora)',
      ],
      examples: ['451 Tente novamente mais tarde'],
    },
  ],
};
