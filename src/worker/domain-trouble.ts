import type { SlowDown } from '../bounces/slow-down.ts';
import type { BounceClass } from '../mail/bounce-class.ts';

/*
 * A relay that passes on what it hears tells of servers that do not answer, one mail at a time. One
 * such reply may be about one mailbox; several in a row, for several recipients of a domain and no
 * other answer in between, are about the domain. Then what goes there over this route waits
 * shortly, and nothing else does. Counted in this process alone: it need not be exact, and costs an
 * accepted mail nothing while no domain is in trouble.
 */

/** A send that was answered. */
export interface AnsweredSend {
  readonly route: string;
  /** Domain of the recipient. */
  readonly domain: string;
  readonly recipient: string;
}

/** Domains whose servers do not work, as this process hears. */
export interface DomainTrouble {
  /** A mail was accepted. */
  accepted(send: Pick<AnsweredSend, 'route' | 'domain'>): void;
  /** A mail was refused; whether its domain is to be slowed down. */
  refused(send: AnsweredSend, about: BounceClass): SlowDown;
}

interface Count {
  inARow: number;
  readonly recipients: Set<string>;
  lastAt: number;
}

/** So many in a row. */
const refusalsMin = 5;
/** To so many recipients: less may be one mailbox that is tried again and again. */
const recipientsMin = 3;
/** What is longer ago is another trouble, in milliseconds. */
const togetherMs = 30 * 60_000;
/** Most domains that are counted; the one longest without a refusal goes first. */
const domainsMax = 1_000;

const short = {
  kind: 'slow',
  scope: 'domain',
  waitMs: 60_000,
  stepMs: 15_000,
  waitMsMax: 10 * 60_000,
} as const;

/**
 * Counts from nothing.
 *
 * @param now ms since 1970
 */
export function createDomainTrouble(now: () => number): DomainTrouble {
  const counts = new Map<string, Count>();
  const keyOf = (send: Pick<AnsweredSend, 'route' | 'domain'>): string =>
    `${send.route} ${send.domain}`;
  return {
    accepted(send) {
      if (counts.size > 0) counts.delete(keyOf(send));
    },
    refused(send, about) {
      const key = keyOf(send);
      if (about !== 'remote_system_error' && about !== 'network_error') {
        counts.delete(key);
        return none;
      }
      const at = now();
      const before = counts.get(key);
      const count: Count =
        before !== undefined && at - before.lastAt < togetherMs
          ? before
          : { inARow: 0, recipients: new Set(), lastAt: at };
      count.inARow += 1;
      count.lastAt = at;
      if (count.recipients.size < recipientsMin) count.recipients.add(send.recipient);
      counts.delete(key);
      counts.set(key, count);
      for (const oldest of counts.keys()) {
        if (counts.size <= domainsMax) break;
        counts.delete(oldest);
      }
      const isDomain = count.inARow >= refusalsMin && count.recipients.size >= recipientsMin;
      return isDomain ? short : none;
    },
  };
}

const none: SlowDown = { kind: 'none' };
