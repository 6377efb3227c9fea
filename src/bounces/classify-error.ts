import { adviceOf } from './class-policy.ts';
import type { Classification, TransportErrorToClassify } from './classification.ts';

/** Says what a connection that failed without a reply means. Never throws. */
export function classifyError({ code, message }: TransportErrorToClassify): Classification {
  const name =
    code === 'ETLS' || /\bTLS\b|certificate/i.test(message) ? 'tls_required' : 'network_error';
  return {
    class: name,
    ...adviceOf(name, undefined),
    action: 'delayed',
    confidence: 0.5,
    rule: `transport.${name}`,
    evidence: {},
  };
}
