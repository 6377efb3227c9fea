import { createPublicKey, type KeyObject } from 'node:crypto';
import { authenticate } from 'mailauth';

/** What receivers find in DNS: TXT records by name, and where a name has an address. */
export type Zone = Readonly<Record<string, string>>;

/** What an independent receiver says of a mail. */
export interface Verdict {
  readonly spf: string;
  /** One result for each signature, from the top. */
  readonly dkim: readonly string[];
  readonly dmarc: string;
  /** Domains that aligned with From. */
  readonly aligned: { readonly spf: boolean; readonly dkim: boolean };
}

/** The DKIM record of a key. */
export function dkimRecord(key: KeyObject): string {
  const publicKey = createPublicKey(key).export({ type: 'spki', format: 'der' });
  return `v=DKIM1; k=rsa; p=${publicKey.toString('base64')}`;
}

/** Lets mailauth judge a mail that came from an IP address with a MAIL FROM. */
export async function receive(
  message: Buffer,
  sent: { readonly ip: string; readonly mailFrom: string },
  zone: Zone,
): Promise<Verdict> {
  const resolver = (name: string, type: string): Promise<string[][]> => {
    const record = type === 'TXT' ? zone[name.toLowerCase()] : undefined;
    if (record !== undefined) return Promise.resolve([[record]]);
    return Promise.reject(Object.assign(new Error(`no ${type} at ${name}`), { code: 'ENOTFOUND' }));
  };
  const { spf, dkim, dmarc } = await authenticate(message, {
    ip: sent.ip,
    helo: 'mx.sender.example',
    mta: 'mx.dest.example',
    sender: sent.mailFrom,
    resolver,
    disableArc: true,
    disableBimi: true,
  });
  const alignment = dmarc === false ? undefined : dmarc?.alignment;
  return {
    spf: spf === false ? 'none' : spf.status.result,
    dkim: dkim.results.map(({ status }) => status.result),
    dmarc: dmarc === false ? 'none' : (dmarc?.status.result ?? 'none'),
    aligned: {
      spf: Boolean(alignment?.spf?.result),
      dkim: Boolean(alignment?.dkim?.result),
    },
  };
}
