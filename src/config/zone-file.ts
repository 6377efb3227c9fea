import { readFileSync } from 'node:fs';
import { messageOf } from '../runtime/errors.ts';

/** A zone out of a file, not checked yet, or why it cannot be had. */
export type ZoneReading =
  { readonly ok: true; readonly zone: unknown } | { readonly ok: false; readonly reason: string };

/** Reads the JSON of a zone file (docs/domains.md); what stands in it is checked by who uses it. */
export function readZoneFile(path: string): ZoneReading {
  try {
    return { ok: true, zone: JSON.parse(readFileSync(path, 'utf8')) as unknown };
  } catch (error) {
    return { ok: false, reason: `cannot be read as JSON: ${messageOf(error)}` };
  }
}
