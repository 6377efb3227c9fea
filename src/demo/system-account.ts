import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { OnbehalfError } from '../runtime/errors.ts';

/** A user of this machine, with its main group. */
export interface SystemAccount {
  readonly user: string;
  readonly group: string;
  readonly uid: number;
  readonly gid: number;
}

/**
 * The account under which a server without privileges is to run: our own, or `nobody` when we are
 * root.
 *
 * @throws OnbehalfError `SERVER_FAILED` when we are root and the machine knows no `nobody`
 */
export function unprivilegedAccount(): SystemAccount {
  const own = userInfo();
  if (own.uid !== 0) return { ...groupOf(own.gid), user: own.username, uid: own.uid };
  const nobody = readTable('/etc/passwd').find((fields) => fields[0] === 'nobody');
  if (nobody === undefined) {
    throw new OnbehalfError(
      'SERVER_FAILED',
      'Dovecot does not run as root, and this machine has no user nobody to run it as.',
    );
  }
  return { ...groupOf(Number(nobody[3])), user: 'nobody', uid: Number(nobody[2]) };
}

function groupOf(gid: number): { readonly group: string; readonly gid: number } {
  const entry = readTable('/etc/group').find((fields) => Number(fields[2]) === gid);
  return { group: entry?.[0] ?? String(gid), gid };
}

/** The lines of `/etc/passwd` or `/etc/group`, split into their fields. */
function readTable(path: string): readonly (readonly string[])[] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
}
