import { expect, test } from '@jest/globals';
import { classifyError } from '../../src/bounces/classify-reply.ts';
import type { BounceClass } from '../../src/mail/bounce-class.ts';
import { seededRandom } from '../support/seed.ts';

test.each<[BounceClass, string | undefined, string]>([
  ['network_error', 'ECONNREFUSED', 'connect ECONNREFUSED 127.0.0.1:25'],
  ['network_error', 'ECONNRESET', 'read ECONNRESET'],
  ['network_error', 'ETIMEDOUT', 'Greeting never received'],
  ['network_error', 'EPIPE', 'write EPIPE'],
  ['network_error', 'EHOSTUNREACH', 'connect EHOSTUNREACH 192.0.2.7:25'],
  ['network_error', 'ENOTFOUND', 'getaddrinfo ENOTFOUND relay.example'],
  ['network_error', 'EAI_AGAIN', 'getaddrinfo EAI_AGAIN relay.example'],
  ['tls_required', 'CERT_HAS_EXPIRED', 'certificate has expired'],
  ['tls_required', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'self-signed certificate'],
  ['tls_required', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'unable to verify the first certificate'],
  ['tls_required', 'ERR_TLS_CERT_ALTNAME_INVALID', "Hostname/IP does not match the certificate's"],
  ['tls_required', 'ERR_SSL_WRONG_VERSION_NUMBER', 'wrong version number'],
  ['tls_required', 'ETLS', 'Error upgrading connection with STARTTLS'],
  ['tls_required', 'ESOCKET', 'self-signed certificate; the TLS handshake failed'],
  ['security', 'EAUTH', 'Invalid login'],
  ['protocol_error', 'EPROTOCOL', 'Invalid greeting'],
  ['network_error', 'ESOCKET', 'socket hang up'],
  ['network_error', undefined, 'Connection closed unexpectedly'],
  ['network_error', undefined, 'no idea'],
  // Words about a recipient are not about a recipient here.
  ['network_error', undefined, 'User unknown'],
])('%s: %s %s', (name, code, message) => {
  const got = classifyError({ message, ...(code === undefined ? {} : { code }) });
  expect(got.class).toBe(name);
  expect(got).toMatchObject({ suppress: false, action: 'delayed' });
});

test('the phase decides where neither code nor words do', () => {
  expect(classifyError({ message: 'no idea', phase: 'starttls' }).class).toBe('tls_required');
  expect(classifyError({ message: 'no idea', phase: 'auth' }).class).toBe('security');
});

test('random input never throws and never suppresses', () => {
  const random = seededRandom();
  for (let run = 0; run < 1_000; run += 1) {
    const noise = (): string =>
      String.fromCharCode(
        ...Array.from({ length: random.integer(80) }, () => random.integer(65_536)),
      );
    const got = classifyError({ code: noise(), message: noise() });
    expect(got.suppress).toBe(false);
    expect(got.retry).not.toBe('');
  }
  expect(classifyError({ message: undefined as unknown as string }).class).toBe('network_error');
});
