import { breakerText } from '../queue/breakers.ts';
import type { InstallationStatus } from '../queue/installation-status.ts';
import type { SlowedKey } from '../queue/limit-state.ts';
import type { RouteSummary } from '../queue/summarise-health.ts';
import type { LiveWorker } from '../queue/worker-registry.ts';
import type { Colors } from './colors.ts';
import { limitText } from './limit-windows.ts';
import { bytesText, durationText, printable, timeText } from './terminal-text.ts';

/** A status as lines of text. */
export function statusText(status: InstallationStatus, colors: Colors): readonly string[] {
  const { bold, red, yellow } = colors;
  const { queue, workers, routes, providers, slowed, overrides, events, redis } = status;
  const alarm = (count: number, paint: (text: string) => string): string =>
    count > 0 ? paint(String(count)) : String(count);
  const oldest =
    status.oldestWaitingMs === undefined
      ? ''
      : `, next due for ${durationText(status.oldestWaitingMs)}`;
  const bound = redis.maxBytes === 0 ? '' : ` of ${bytesText(redis.maxBytes)}`;
  const section = (name: string, lines: readonly string[]): readonly string[] =>
    lines.length === 0 ? [] : [bold(name), ...lines.map((line) => `  ${line}`)];
  return [
    `${bold('Queue')}    ${queue.waiting} waiting${oldest}, ${queue.active} in work, ${queue.delayed} for later${queue.paused ? `, ${yellow('paused')}` : ''}`,
    `${bold('Trouble')}  ${alarm(status.held, yellow)} held, ${alarm(status.releasing, yellow)} being released, ${alarm(queue.failed, red)} unreadable jobs`,
    `${bold('Rate')}     ${status.rate} attempts per second`,
    `${bold('Events')}   ${events.length} in the stream${events.groups.map(({ name, unacknowledged }) => `, ${name} ${unacknowledged} behind`).join('')}`,
    `${bold('Listed')}   ${suppressionText(status, colors)}`,
    `${bold('Redis')}    ${bytesText(redis.usedBytes)}${bound}`,
    workers.length === 0
      ? `${bold('Workers')}  ${red('none alive')}`
      : `${bold('Workers')}  ${workers.length}`,
    ...workers.flatMap((worker) => workerText(worker, status.at, colors)),
    ...section(
      'Routes',
      routes.map((route) => routeText(route, colors)),
    ),
    ...section(
      'Providers, last minute',
      providers.map(({ provider, rate, deferredShare }) => {
        const share = `${Math.round(deferredShare * 100)} % deferred`;
        return `${provider.padEnd(10)} ${rate}/s, ${deferredShare >= 0.1 ? yellow(share) : share}`;
      }),
    ),
    ...section(
      'Slowed down',
      slowed.map(({ key, ...entry }) =>
        yellow(`${printable(key)}  ${slowedText(entry, status.at)}`),
      ),
    ),
    ...section(
      'Held by breakers (onbehalf breaker reset <name>)',
      status.breakers.map((breaker) => red(printable(breakerText(breaker)))),
    ),
    ...section(
      'Limits that were set',
      overrides.map(({ name, ...override }) =>
        yellow(`${printable(name)}  ${limitText(override)}`),
      ),
    ),
  ];
}

/** After so long without a word of the history process, its last one is marked. */
const uncheckedMsMax = 15 * 60_000;
const repairedMsMax = 86_400_000;

/** How many are suppressed, and whether the workers' list is the one of the database. */
function suppressionText(status: InstallationStatus, { yellow }: Colors): string {
  const { count, check } = status.suppression;
  const entries = `${count} suppressed`;
  if (check === undefined) {
    return count === 0 ? entries : `${entries}, ${yellow('never compared with the database')}`;
  }
  const { checkedAt, repaired } = check;
  const age = status.at - checkedAt;
  const compared = `compared with the database ${durationText(age)} ago`;
  const note = age > uncheckedMsMax ? yellow(compared) : compared;
  if (repaired === undefined || status.at - repaired.at > repairedMsMax) {
    return `${entries}, ${note}`;
  }
  const had = `it had ${repaired.mirrorCount}`;
  const again = yellow(`made anew ${durationText(status.at - repaired.at)} ago: ${had}`);
  return `${entries}, ${note}, ${again}`;
}

/** How a slowed key is, e.g. `stands still until 2026-11-23 10:00:00 (in 5 min), as before at …`. */
export function slowedText(
  entry: SlowedKey & { readonly openMax: number; readonly recoveredAt: number },
  now: number,
): string {
  const { notBefore, strikes, stepCount, openMax } = entry;
  const again = strikes === 0 ? '' : `, slowed again ${strikes} times on its way back`;
  const back = `as before at ${timeText(entry.recoveredAt)}`;
  if (openMax === 0) {
    return `stands still until ${timeText(notBefore)} (in ${durationText(notBefore - now)}), ${back}${again}`;
  }
  return `${openMax} of ${stepCount} at once, ${back}${again}`;
}

function workerText(worker: LiveWorker, now: number, colors: Colors): readonly string[] {
  const {
    pid,
    host,
    inHand,
    concurrency,
    rate,
    since,
    standsStill,
    rulesProblem,
    routes = [],
  } = worker;
  const { red, yellow } = colors;
  const still =
    standsStill === undefined
      ? []
      : [
          `takes no jobs for ${durationText(now - standsStill.since)}: ${printable(standsStill.reason)}`,
        ];
  return [
    `  ${host}:${pid}  ${inHand}/${concurrency} in work, ${rate}/s, up ${durationText(now - since)}`,
    ...still.map((text) => yellow(`    ${text}`)),
    ...(rulesProblem === undefined
      ? []
      : [yellow(`    keeps the bounce rules it had: ${printable(rulesProblem)}`)]),
    ...routes
      .filter(({ state }) => state !== 'closed')
      .map(({ route, state, reason = '' }) => red(`    ${route} ${state}: ${printable(reason)}`)),
  ];
}

function routeText(summary: RouteSummary, { red }: Colors): string {
  const { route, workers, inHand, workedCount, failedCount } = summary;
  const all = workers.closed + workers.open + workers['half-open'];
  const state =
    workers.closed === all ? 'in order' : red(`out of order for ${all - workers.closed} of ${all}`);
  return `${printable(route)}  ${state}, ${inHand} in hand, ${workedCount} worked, ${failedCount} failed`;
}
