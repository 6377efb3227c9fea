import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { atEnd } from './leftovers.ts';

/**
 * A new folder in the system's temporary folder, with a path short enough for Unix sockets. It is
 * removed at the end of the test file, but kept, and named, when a test of the file failed.
 */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'onbehalf-test-'));
  atEnd(() => {
    if (aTestFailed()) {
      process.stderr.write(`A test failed, its files are kept in ${folder}\n`);
      return;
    }
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

/** The part of the test runner's state that is read here. */
interface Block {
  readonly children: readonly Entry[];
}
type Entry =
  | ({ readonly type: 'describeBlock' } & Block)
  | { readonly type: 'test'; readonly errors: readonly unknown[] };

/** Jest tells hooks nothing about outcomes, so its runner's own state is asked. */
function aTestFailed(): boolean {
  const symbol = Object.getOwnPropertySymbols(globalThis).find(
    (candidate) => candidate.description === 'JEST_STATE_SYMBOL',
  );
  if (symbol === undefined) return false;
  const state = Reflect.get(globalThis, symbol) as { readonly rootDescribeBlock?: Block };
  const failed = (block: Block): boolean =>
    block.children.some((entry) =>
      entry.type === 'test' ? entry.errors.length > 0 : failed(entry),
    );
  return state.rootDescribeBlock !== undefined && failed(state.rootDescribeBlock);
}
