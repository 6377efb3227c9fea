import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { messageOf } from '../runtime/errors.ts';
import { z } from 'zod';

/**
 * Where a secret is to be found. Settings name it and never hold it, so that a configuration file
 * can be shown and reviewed.
 */
export const secretReference = z.strictObject({
  /** Name of an environment variable. */
  env: z.string().min(1).optional(),
  /** Path of a file, relative to the configuration file; a final line end is dropped. */
  file: z.string().min(1).optional(),
});

/** A reference as written in a configuration file. */
export type SecretReference = z.infer<typeof secretReference>;

/** The secret, or why it cannot be had. */
export type SecretReading =
  { readonly ok: true; readonly secret: string } | { readonly ok: false; readonly reason: string };

/** Follows a reference. */
export function readSecret(
  reference: SecretReference,
  environment: NodeJS.ProcessEnv,
  baseDirectory: string,
): SecretReading {
  if (reference.env !== undefined) {
    const value = environment[reference.env];
    if (value !== undefined && value !== '') return { ok: true, secret: value };
    return { ok: false, reason: `the environment variable ${reference.env} is not set` };
  }
  if (reference.file === undefined) {
    return { ok: false, reason: 'must be {"env": "NAME"} or {"file": "path"}' };
  }
  try {
    const text = readFileSync(resolve(baseDirectory, reference.file), 'utf8');
    return { ok: true, secret: text.replace(/\r?\n$/, '') };
  } catch (error) {
    return { ok: false, reason: `the file cannot be read (${messageOf(error)})` };
  }
}
