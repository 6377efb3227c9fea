import type { Problem } from '../runtime/errors.ts';
import { settingsSchema, type Settings } from './settings-schema.ts';

/** Where the schema found something wrong, as zod tells it. */
interface Issue {
  readonly path: readonly PropertyKey[];
  /** Names that are no settings, where that is what is wrong. */
  readonly keys?: readonly string[];
}

/**
 * Checks settings against the schema. What is wrong goes into `problems`; what is right comes back,
 * so that secrets named in it are looked up and their problems are told at the same time.
 */
export function usableSettings(
  tree: Readonly<Record<string, unknown>>,
  problems: Problem[],
): Settings {
  const first = settingsSchema.safeParse(tree);
  if (first.success) return first.data;
  for (const { path, message } of first.error.issues) {
    problems.push({ field: path.join('.') || 'settings', message });
  }
  const rest = structuredClone(tree) as Record<string, unknown>;
  let parsed: ReturnType<typeof settingsSchema.safeParse> = first;
  while (!parsed.success) {
    const taken = parsed.error.issues.map((issue) => takeAway(rest, issue));
    if (!taken.includes(true)) return {};
    parsed = settingsSchema.safeParse(rest);
  }
  return parsed.data;
}

/** Removes what is wrong, if it is still there; a section that lacks something goes as a whole. */
function takeAway(tree: Record<string, unknown>, { path, keys = [] }: Issue): boolean {
  const section = valueAt(tree, path);
  if (keys.length > 0 && isTree(section)) {
    for (const key of keys) delete section[key];
    return true;
  }
  for (let length = path.length; length > 0; length -= 1) {
    const parent = valueAt(tree, path.slice(0, length - 1));
    const name = String(path[length - 1]);
    if (!isTree(parent) || parent[name] === undefined) continue;
    delete parent[name];
    return true;
  }
  return false;
}

function valueAt(tree: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, name) => (isTree(value) ? value[String(name)] : undefined),
    tree,
  );
}

function isTree(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
