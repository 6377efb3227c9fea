import type { BounceClass } from '../../mail/bounce-class.ts';

/** What a failed connection means by the code of the system or the library. */
export interface ErrorRule {
  readonly id: string;
  readonly class: BounceClass;
  /** One sentence: why. */
  readonly why: string;
  /** Codes, or how they begin: `ERR_TLS*`. */
  readonly codes: readonly string[];
}

/** First match wins. */
export const errorRules: readonly ErrorRule[] = [
  {
    id: 'error.tls',
    class: 'tls_required',
    why: 'The encrypted connection did not come about, or the certificate was not accepted.',
    codes: [
      'ETLS',
      'EPROTO',
      'ERR_TLS*',
      'ERR_SSL*',
      'CERT_*',
      'DEPTH_ZERO_SELF_SIGNED_CERT',
      'SELF_SIGNED_CERT_IN_CHAIN',
      'UNABLE_TO_*',
      'HOSTNAME_MISMATCH',
      'ERR_OSSL*',
      'INVALID_CA',
      'CRL_*',
    ],
  },
  {
    id: 'error.login',
    class: 'security',
    why: 'The relay did not accept the login.',
    codes: ['EAUTH', 'ENOAUTH', 'EOAUTH2'],
  },
  {
    id: 'error.dns',
    class: 'network_error',
    why: 'The name of the server could not be resolved; it may be known again in a while.',
    codes: [
      'ENOTFOUND',
      'EAI_*',
      'EDNS',
      'ESERVFAIL',
      'ENODATA',
      'EREFUSED',
      'ETIMEOUT',
      'EBADNAME',
      'EFORMERR',
      'ENONAME',
    ],
  },
  {
    id: 'error.protocol',
    class: 'protocol_error',
    why: 'The other side said something that is no SMTP.',
    codes: ['EPROTOCOL', 'HPE_*', 'EENVELOPE', 'EMESSAGE'],
  },
  {
    id: 'error.connection',
    class: 'network_error',
    why: 'The connection could not be made, or broke.',
    codes: [
      'ECONNREFUSED',
      'ECONNRESET',
      'ECONNABORTED',
      'ETIMEDOUT',
      'EPIPE',
      'EHOSTUNREACH',
      'EHOSTDOWN',
      'ENETUNREACH',
      'ENETDOWN',
      'ENETRESET',
      'ENOTCONN',
      'EADDRNOTAVAIL',
      'ERR_SOCKET*',
      'ERR_STREAM*',
      'ABORT_ERR',
    ],
  },
];
