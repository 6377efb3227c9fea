import type { MirroredSuppression } from './suppression-mirror.ts';

/** One sentence without secrets: who is suppressed, why and since when. */
export function suppressionText({ scope, reason, since }: MirroredSuppression): string {
  const when = new Date(since).toISOString().slice(0, 10);
  switch (scope.kind) {
    case 'address':
      return `the address is suppressed since ${when}: ${reason}`;
    case 'pair':
      return `the address is suppressed for mail of ${scope.sender} since ${when}: ${reason}`;
    case 'domain':
      return `the domain ${scope.domain} is suppressed since ${when}: ${reason}`;
  }
}
