import { readFileSync } from 'node:fs';

/** The version of this package, from its package.json. */
export function packageVersion(): string {
  // From dist/src/cli and from src/cli the package's root is three or two folders up.
  for (const up of ['../../../package.json', '../../package.json']) {
    try {
      const text = readFileSync(new URL(up, import.meta.url), 'utf8');
      const { name, version } = JSON.parse(text) as { name?: string; version?: string };
      if (name === 'onbehalf' && version !== undefined) return version;
    } catch {
      // Not there: the other place is.
    }
  }
  return 'unknown';
}
