import { generateKeyPairSync, sign } from 'node:crypto';

/** A certificate that signs itself, with its key, both as PEM. */
export interface TestCertificate {
  readonly key: string;
  readonly cert: string;
}

/**
 * Makes a certificate (RFC 5280) for a TLS server of a test; what trusts it must name it as its
 * authority. Written out in DER, because Node can read certificates and not make them.
 *
 * @param names host names it is for, besides the address 127.0.0.1; default `localhost`
 */
export function makeCertificate(names: readonly string[] = ['localhost']): TestCertificate {
  const pair = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const algorithm = der(0x30, oid('2a8648ce3d040302'));
  const name = der(
    0x30,
    der(0x31, der(0x30, oid('550403'), der(0x0c, Buffer.from(names[0] ?? 'localhost')))),
  );
  const dayMs = 86_400_000;
  const validity = der(0x30, time(Date.now() - dayMs), time(Date.now() + 30 * dayMs));
  const alternatives = der(
    0x30,
    ...names.map((each) => der(0x82, Buffer.from(each))),
    der(0x87, Buffer.from([127, 0, 0, 1])),
  );
  const yes = der(0x01, Buffer.from([0xff]));
  const extensions = der(
    0x30,
    der(0x30, oid('551d11'), der(0x04, alternatives)),
    der(0x30, oid('551d13'), yes, der(0x04, der(0x30, yes))),
  );
  const body = der(
    0x30,
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.from([1])),
    algorithm,
    name,
    validity,
    name,
    pair.publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, extensions),
  );
  const signature = der(0x03, Buffer.from([0]), sign('sha256', body, pair.privateKey));
  const base64 = der(0x30, body, algorithm, signature).toString('base64');
  const lines = base64.match(/.{1,64}/g) ?? [];
  return {
    key: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n'),
  };
}

function der(tag: number, ...contents: readonly Buffer[]): Buffer {
  const content = Buffer.concat(contents);
  const { length } = content;
  const lengthBytes =
    length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([tag, ...lengthBytes]), content]);
}

const oid = (hex: string): Buffer => der(0x06, Buffer.from(hex, 'hex'));

/** GeneralizedTime, to the second. */
const time = (at: number): Buffer =>
  der(0x18, Buffer.from(new Date(at).toISOString().replace(/[-:T]|\.\d+/g, '')));
