import type { RuleFile } from '../rule.ts';

/** What servers say in Spanish. */
export const spanish: RuleFile = {
  name: 'spanish',
  kind: 'theme',
  rules: [
    {
      id: 'spanish.greylist',
      class: 'greylisted',
      why: 'Greylisting.',
      phrases: ['lista gris'],
      examples: ['451 Lista gris, intente luego'],
    },
    {
      id: 'spanish.full',
      class: 'mailbox_full',
      why: '"Full", "quota exceeded" of a mailbox.',
      phrases: [
        '(buzon|casilla|cuenta|bandeja|usuario|cuota|espacio) *5 (lleno|llena|excedido|excedida|superado|superada|sobrepasa|sobrepasada|agotado|agotada|excede|excedio|sin espacio|supero)',
        '(cuota|espacio|capacidad|limite de almacenamiento) *4 (excedida|excedido|superada|superado|agotada|agotado|excede|lleno|insuficiente|llena)',
        'no (tiene|hay|dispone de|cuenta con) *2 espacio',
      ],
      examples: ['552 El buzón está lleno', '552 5.2.2 Cuota excedida'],
    },
    {
      id: 'spanish.inactive',
      class: 'mailbox_inactive',
      why: '"Disabled", "suspended" of a mailbox.',
      phrases: [
        '(cuenta|buzon|usuario|casilla|direccion|destinatario) *5 (suspendida|suspendido|desactivada|desactivado|deshabilitada|deshabilitado|bloqueada|bloqueado|inactiva|inactivo|cerrada|cerrado|cancelada|eliminada|eliminado|dado de baja)',
      ],
      not: ['(ip|servidor|remitente)'],
      examples: ['550 La cuenta está suspendida'],
    },
    {
      id: 'spanish.user-unknown',
      class: 'user_unknown',
      why: '"Unknown", "not there" of a user, mailbox or address.',
      phrases: [
        '(usuario|destinatario|direccion|buzon|cuenta|casilla|correo) *5 (desconocido|desconocida|no existe|inexistente|invalido|invalida|no encontrado|no encontrada|no valido|no valida|incorrecta|incorrecto|no se encuentra|no fue encontrado|no fue encontrada|no esta|no localizado|erronea)',
        '(no existe|no hay|no se encontro|no se encuentra|no se ha encontrado) *2 (el|la|ningun|un|ese|este|esta|tal)? (usuario|destinatario|buzon|cuenta|direccion|casilla)',
        '(destinatario|usuario) (invalido|no valido)',
        'no se (pudo encontrar|encontro) la direccion',
        'no se pudo entregar * no se encontro',
      ],
      not: ['(remitente|dominio)'],
      examples: ['550 El usuario no existe', '550 5.1.1 Dirección de destinatario desconocida'],
    },
    {
      id: 'spanish.domain',
      class: 'domain_unknown',
      why: '"Unknown" of a domain or host.',
      phrases: [
        '(dominio|host|servidor) *4 (desconocido|no existe|inexistente|invalido|no encontrado|no valido)',
      ],
      not: ['remitente'],
      examples: ['550 El dominio acme.example no existe'],
    },
    {
      id: 'spanish.blocked',
      class: 'blocklisted',
      why: 'The address of the host is blocked or on a list.',
      phrases: [
        '(ip|direccion ip|servidor|host) *5 (bloqueada|bloqueado|lista negra|rechazada|rechazado|denegado|listada|prohibida)',
        'lista (negra|de bloqueo)',
      ],
      examples: ['554 Su dirección IP está bloqueada'],
    },
    {
      id: 'spanish.sender',
      class: 'sender_rejected',
      why: 'The sender is refused or unknown.',
      phrases: [
        '(remitente|emisor) *4 (rechazado|desconocido|invalido|no permitido|bloqueado|no autorizado|no existe|no valido|denegado)',
      ],
      examples: ['550 Remitente rechazado'],
    },
    {
      id: 'spanish.rate',
      class: 'rate_limited',
      why: 'Too many mails, connections or recipients.',
      phrases: [
        '(demasiados|demasiadas|numero maximo de|limite de|maximo de|exceso de) (mensajes|conexiones|correos|destinatarios|sesiones|envios|mails|errores)',
        '(limite|tasa) de envio *3 (excedido|superado|excedida|alcanzado)',
      ],
      examples: ['421 Demasiadas conexiones'],
    },
    {
      id: 'spanish.size',
      class: 'message_too_large',
      why: 'The message is too large.',
      phrases: [
        '(mensaje|correo|adjunto) *4 (demasiado grande|muy grande|excede|supera)',
        '(tamano|tamaño) *4 (excede|maximo|supera|permitido|limite)',
      ],
      examples: ['552 Mensaje demasiado grande'],
    },
    {
      id: 'spanish.spam',
      class: 'spam_content',
      why: 'The message is taken for spam.',
      phrases: ['(correo no deseado|no solicitado|basura|correo basura)'],
      not: ['(ip|servidor)'],
      examples: ['550 Mensaje identificado como correo no deseado'],
    },
    {
      id: 'spanish.relay',
      class: 'relay_denied',
      why: 'The server does not relay.',
      phrases: [
        '(retransmision|relay|relevo) *3 (denegado|denegada|no permitido|prohibido|no permitida)',
      ],
      examples: ['550 Retransmisión denegada'],
    },
    {
      id: 'spanish.login',
      class: 'security',
      why: 'The server wants a login.',
      phrases: [
        '(autenticacion|autentificacion|contrasena) *3 (requerida|necesaria|fallida|incorrecta|fallo|obligatoria)',
      ],
      examples: ['530 Autenticación requerida'],
    },
    {
      id: 'spanish.refused',
      class: 'recipient_refused',
      why: 'The recipient does not want it.',
      phrases: [
        '(rechazado|bloqueado|rechazada) por (el|su) (destinatario|usuario)',
        'destinatario *3 (rechaza|no acepta|rechazo|no desea)',
      ],
      examples: ['550 Rechazado por el destinatario'],
    },
    {
      id: 'spanish.later',
      class: 'remote_system_error',
      strength: 'weak',
      why: 'The server asks to come back later.',
      phrases: [
        '(intente|intentelo|reintente|pruebe|vuelva a intentarlo|intente de nuevo) *3 (mas tarde|luego|posteriormente|nuevamente)',
        '(error|fallo|problema) (temporal|interno|del servidor)',
        '(temporalmente|momentaneamente) (no disponible|fuera)',
        'servicio no disponible',
      ],
      examples: ['451 Intente más tarde'],
    },
  ],
};
