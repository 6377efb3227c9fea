/**
 * What compiling a native module needs: python3, make, a C and a C++ compiler.
 *
 * A tool counts only if it does its work: a broken shim on PATH is passed over, and the standard directories
 * are searched after PATH. The build is then given the absolute paths of those that worked.
 */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findPrograms, programDirectories, runProgram } from './run-program.mjs';

const TRIAL_TIME_LIMIT_MS = 30_000;

/**
 * Each tool: the variables that hand it to node-gyp, its names, its Debian package, and a trial.
 * The trials compile and link, since `--version` works even when the compiler behind it is gone.
 */
const TOOLS = [
  {
    variables: ['npm_config_python', 'PYTHON'],
    names: ['python3'],
    aptPackage: 'python3',
    trial: () => ['-c', 'import sys, json, subprocess; sys.exit(sys.version_info < (3, 6))'],
  },
  {
    variables: ['MAKE'],
    names: ['make', 'gmake'],
    aptPackage: 'make',
    trial: (folder) => ['-f', join(folder, 'trial.mk')],
  },
  {
    variables: ['CC'],
    names: ['gcc', 'cc', 'clang'],
    aptPackage: 'g++',
    trial: (folder) => [join(folder, 'trial.c'), '-o', join(folder, 'trial-c')],
  },
  {
    variables: ['CXX'],
    names: ['g++', 'c++', 'clang++'],
    aptPackage: 'g++',
    trial: (folder) => [join(folder, 'trial.cc'), '-o', join(folder, 'trial-cc')],
  },
];

/**
 * Looks for working tools.
 * @param {readonly string[]} [directories] where to look; default: PATH and the standard directories
 * @returns {Promise<{ missing: string[], environment: Record<string, string> }>} Debian packages of what is
 *   missing, and the environment that names what was found
 */
export async function surveyCompilers(directories = programDirectories()) {
  const folder = mkdtempSync(join(tmpdir(), 'onbehalf-trial-'));
  try {
    writeFileSync(join(folder, 'trial.mk'), 'all:\n\t@true\n');
    writeFileSync(join(folder, 'trial.c'), '#include <stdio.h>\nint main(void) { return 0; }\n');
    writeFileSync(join(folder, 'trial.cc'), '#include <memory>\nint main() { return 0; }\n');
    const missing = new Set();
    const environment = {};
    for (const tool of TOOLS) {
      const path = await firstThatWorks(tool, folder, directories);
      if (path === undefined) missing.add(tool.aptPackage);
      else for (const variable of tool.variables) environment[variable] = path;
    }
    return { missing: [...missing], environment };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function firstThatWorks(tool, folder, directories) {
  const named = tool.variables.map((variable) => process.env[variable]).filter(Boolean);
  const found = tool.names.flatMap((name) => findPrograms(name, directories));
  for (const path of [...named, ...found]) {
    const options = { cwd: folder, timeoutMs: TRIAL_TIME_LIMIT_MS };
    if ((await runProgram(path, tool.trial(folder), options)).ok) return path;
  }
  return undefined;
}
