import { fileURLToPath } from 'node:url';
import { askStep } from '../scripts/run-node.ts';

/** The folder of this clone, without a slash at its end. */
export const cloneRoot = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');

/** The built command line program; call {@link requireBuild} once before it is used. */
export const builtCommand = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url));

/** Fails when dist is not made from the sources of now: its tests would tell of something else. */
export async function requireBuild(): Promise<void> {
  const current = await askStep(
    'build-inputs.mjs',
    `const answer = step.buildIsCurrent(${JSON.stringify(cloneRoot)});`,
  );
  if (current !== true) throw new Error('dist is not made from these sources: npm run build');
}
