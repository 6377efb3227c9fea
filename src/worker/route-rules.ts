import { addressKey, domainOf, type EmailAddress } from '../mail/address.ts';
import type { SendKind } from '../mail/kinds.ts';
import type { Route } from './route.ts';

/** What decides over which routes a send may go. */
export interface RoutedSend {
  readonly kind: SendKind;
  /** The user's own address, the one in From before masking. */
  readonly from: EmailAddress;
}

/** A test of whether a route takes a send, by its `senders` and `kinds`. */
export function routeFilter(
  route: Pick<Route, 'senders' | 'kinds'>,
): (send: RoutedSend) => boolean {
  const { senders } = route;
  const kinds = new Set(route.kinds);
  if (senders === undefined) return ({ kind }) => kinds.has(kind);
  const exact = new Set(senders.filter((each) => !each.startsWith('*.')));
  const parents = senders.filter((each) => each.startsWith('*.')).map((each) => each.slice(1));
  return ({ kind, from }) => {
    if (!kinds.has(kind)) return false;
    const domain = domainOf(from);
    // "*.acme.example" is acme.example and all below it.
    return (
      exact.has(addressKey(from)) ||
      exact.has(domain) ||
      parents.some((parent) => `.${domain}`.endsWith(parent))
    );
  };
}

/**
 * Puts routes in the order in which they are to be tried: by priority, and among the same priority
 * drawn by weight. Those of weight 0 come last in their priority.
 *
 * @param random gives numbers in [0, 1)
 */
export function drawOrder<Each extends { readonly route: Pick<Route, 'priority' | 'weight'> }>(
  routes: readonly Each[],
  random: () => number,
): readonly Each[] {
  if (routes.length < 2) return routes;
  const order: Each[] = [];
  const left = [...routes];
  while (left.length > 0) {
    const priority = Math.min(...left.map(({ route }) => route.priority));
    const group = left.filter(({ route }) => route.priority === priority);
    const chosen = drawn(group, random);
    if (chosen === undefined) break;
    order.push(chosen);
    left.splice(left.indexOf(chosen), 1);
  }
  return order;
}

function drawn<Each extends { readonly route: Pick<Route, 'weight'> }>(
  group: readonly Each[],
  random: () => number,
): Each | undefined {
  const sum = group.reduce((total, { route }) => total + route.weight, 0);
  if (group.length < 2 || sum === 0) return group[0];
  let point = random() * sum;
  for (const each of group) {
    point -= each.route.weight;
    if (point < 0) return each;
  }
  return group.findLast(({ route }) => route.weight > 0);
}
