import type { DnsAnswer, DnsType } from './resolver.ts';

/** How long what follows from an answer that DNS did not give is kept at most, ms. */
export const failedTtlMs = 30_000;

/** The least TTL of the answers that a finding rests on. */
export class TimeToLive {
  #leastMs = Infinity;
  #sawFailure = false;

  /** Takes an answer into account and hands it on. */
  of<Type extends DnsType>(answer: DnsAnswer<Type>): DnsAnswer<Type> {
    const ttlMs = answer.kind === 'failed' ? failedTtlMs : answer.ttlMs;
    this.#leastMs = Math.min(this.#leastMs, ttlMs);
    this.#sawFailure ||= answer.kind === 'failed';
    return answer;
  }

  /** Whether DNS failed to give one of the answers. */
  get sawFailure(): boolean {
    return this.#sawFailure;
  }

  /** The least so far, ms; infinite where nothing was asked. */
  get ms(): number {
    return this.#leastMs;
  }
}
