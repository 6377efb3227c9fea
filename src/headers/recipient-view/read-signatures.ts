import { headerNames } from '../../mail/header-names.ts';
import { valuesOf, type ReadField } from './read-fields.ts';

/** What a DKIM-Signature field says that matters to its reader. */
export interface ReadSignature {
  /** The d= tag, in lower case. */
  readonly domain: string;
  /** The s= tag. */
  readonly selector: string;
  /** Names of the fields it covers, in lower case. */
  readonly covers: ReadonlySet<string>;
}

/** The DKIM signatures of a message, top first (RFC 6376 §3.5). */
export function readSignatures(fields: readonly ReadField[]): readonly ReadSignature[] {
  return valuesOf(fields, headerNames.dkimSignature).map((value) => {
    const tags = new Map(
      value.split(';').map((tag): [string, string] => {
        const equals = tag.indexOf('=');
        return [tag.slice(0, Math.max(equals, 0)).trim(), tag.slice(equals + 1).replace(/\s/g, '')];
      }),
    );
    return {
      domain: (tags.get('d') ?? '').toLowerCase(),
      selector: tags.get('s') ?? '',
      covers: new Set((tags.get('h') ?? '').toLowerCase().split(':')),
    };
  });
}
