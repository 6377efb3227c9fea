import type { Command } from 'commander';
import type { Config } from '../config/config.ts';
import { createLimitState, type LimitOverride, type LimitState } from '../queue/limit-state.ts';
import type { LimitWindow } from '../queue/limits.ts';
import { validationError, type OnbehalfError, type Problem } from '../runtime/errors.ts';
import { readConfig, routesOf } from './context.ts';
import { limitText, parseWindow } from './limit-windows.ts';
import { openOperations } from './operations.ts';
import { printable } from './terminal-text.ts';
import { addVerb, verbCall } from './verb.ts';

/** A limit as it stands: what is configured here, what an operator set, and what follows. */
interface ListedLimit {
  readonly name: string;
  /** What it counts apart, e.g. `provider`. */
  readonly per: readonly string[];
  /** Absent for one that the configuration of this machine does not have. */
  readonly configured?: LimitOverride;
  readonly override?: LimitOverride;
  /** What was set cannot be read: workers do as configured. */
  readonly unreadable?: true;
  readonly inForce: LimitOverride;
}

/** Adds `onbehalf limit list|set|clear`. */
export function addLimitVerb(program: Command): void {
  const limit = program
    .command('limit')
    .description('Limits of the fleet, and changing them while workers run.');

  addVerb(
    limit,
    'list',
    'List limits: as configured, as set here, in force.',
    'onbehalf limit list',
  ).action(async (_options: object, command: Command) => {
    const { globals, terminal } = verbCall(command);
    const config = await readConfig(globals);
    await using operations = await openOperations(config);
    const { dim, yellow } = terminal.colors;
    const limits = await listLimits(config, createLimitState(operations.redis, operations.keys));
    for (const each of limits) {
      const per = each.per.length === 0 ? '' : dim(` for each ${each.per.join(' and ')}`);
      terminal.line(`${printable(each.name)}  ${limitText(each.inForce)}${per}${note(each)}`);
      terminal.json(each);
    }
    if (limits.length === 0) terminal.line('There are no limits.');

    function note({ configured, override, unreadable }: ListedLimit): string {
      if (unreadable === true) return yellow(' (what was set cannot be read)');
      if (override === undefined) return '';
      const instead = configured === undefined ? 'not configured here' : limitText(configured);
      return yellow(` (set; configured: ${instead})`);
    }
  });

  addVerb(
    limit,
    'set <name>',
    'Set what holds for a limit from now on, until it is cleared.',
    'onbehalf limit set main.starter --window 50/1s --window 20000/1d',
  )
    .option('--window <count/length>', 'most mails in any such time; several; or none', collect)
    .option('--at-once <count>', 'most mails on their way at once, or none')
    .option('--any-name', 'a name that the configuration here does not have')
    .action(async (name: string, options: SetOptions, command: Command) => {
      const { globals, terminal } = verbCall(command);
      const wanted = readOverride(options);
      const config = await readConfig(globals);
      await using operations = await openOperations(config);
      const state = createLimitState(operations.redis, operations.keys);
      const before = (await listLimits(config, state)).find((each) => each.name === name);
      if (before === undefined && options.anyName !== true) throw unknownLimit(name);
      // What is not named now stays as it was set before.
      const override = { ...before?.override, ...wanted };
      await state.override(name, override);
      const after = { name, override, inForce: { ...before?.configured, ...override } };
      terminal.line(`${printable(name)}  ${limitText(after.inForce)}`);
      terminal.json(after);
    });

  addVerb(
    limit,
    'clear <name>',
    'Let what is configured hold again.',
    'onbehalf limit clear main.starter',
  ).action(async (name: string, _options: object, command: Command) => {
    const { globals, terminal } = verbCall(command);
    const config = await readConfig(globals);
    await using operations = await openOperations(config);
    const state = createLimitState(operations.redis, operations.keys);
    const before = (await listLimits(config, state)).find((each) => each.name === name);
    if (before === undefined) throw unknownLimit(name);
    await state.override(name, undefined);
    const wasSet = before.override !== undefined || before.unreadable === true;
    const inForce = before.configured ?? {};
    terminal.line(`${printable(name)}  ${limitText(inForce)}${wasSet ? '' : ' (nothing was set)'}`);
    terminal.json({ name, wasSet, inForce });
  });
}

interface SetOptions {
  readonly window?: readonly string[];
  readonly atOnce?: string;
  readonly anyName?: boolean;
}

function collect(value: string, earlier: readonly string[] = []): readonly string[] {
  return [...earlier, value];
}

function readOverride({ window, atOnce }: SetOptions): LimitOverride {
  const problems: Problem[] = [];
  const windows: LimitWindow[] = [];
  for (const text of window ?? []) {
    if (text === 'none' && window?.length === 1) continue;
    const read = parseWindow(text);
    if (typeof read === 'string') problems.push({ field: '--window', message: read });
    else windows.push(read);
  }
  const openMax = atOnce === 'none' ? null : Number(atOnce);
  if (atOnce !== undefined && openMax !== null && !/^[1-9]\d{0,8}$/.test(atOnce)) {
    problems.push({ field: '--at-once', message: 'must be a number from 1, or none' });
  }
  if (window === undefined && atOnce === undefined) {
    problems.push({ field: '--window', message: 'needed, or --at-once' });
  }
  if (problems.length > 0) throw validationError('INVALID_INPUT', 'limit set', problems);
  return {
    ...(window === undefined ? {} : { windows }),
    ...(atOnce === undefined ? {} : { openMax }),
  };
}

async function listLimits(config: Config, state: LimitState): Promise<readonly ListedLimit[]> {
  const { overrides, unreadable } = await state.read();
  const rules = routesOf(config).flatMap(({ name: route = 'default', limits = [] }) =>
    limits.map((rule) => ({ ...rule, name: `${route}.${rule.name}` })),
  );
  const listed = rules.map(({ name, per = [], windows = [], openMax }): ListedLimit => {
    const configured = { windows, ...(openMax === undefined ? {} : { openMax }) };
    return {
      name,
      per,
      configured,
      ...setFor(name),
      inForce: { ...configured, ...overrides.get(name) },
    };
  });
  const others = [...overrides.keys(), ...unreadable].filter((name) =>
    rules.every((rule) => rule.name !== name),
  );
  return [
    ...listed,
    ...others.map((name) => ({
      name,
      per: [],
      ...setFor(name),
      inForce: overrides.get(name) ?? {},
    })),
  ];

  function setFor(name: string): Pick<ListedLimit, 'override' | 'unreadable'> {
    const override = overrides.get(name);
    if (override !== undefined) return { override };
    return unreadable.includes(name) ? { unreadable: true } : {};
  }
}

function unknownLimit(name: string): OnbehalfError {
  return validationError('INVALID_INPUT', 'limit', [
    { field: 'name', message: `no limit is called ${name}: see onbehalf limit list` },
  ]);
}
