/**
 * Prints each package that is imported, to see what a module really loads. `node --import` this
 * after the loader of the sources.
 */
import { register } from 'node:module';
import { isMainThread } from 'node:worker_threads';
import { writeSync } from 'node:fs';

if (isMainThread) register(import.meta.url);

/** @type {import('node:module').ResolveHook} */
export async function resolve(specifier, context, nextResolve) {
  const resolved = await nextResolve(specifier, context);
  writeSync(1, `${resolved.url}\n`);
  return resolved;
}
