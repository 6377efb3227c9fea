/** When one kind of feedback is too much. */
export interface BreakerThreshold {
  /** Share from which on it is, e.g. 0.003. */
  readonly share: number;
  /** Not with fewer than so many of them. */
  readonly countMin: number;
  /** Not with fewer than so many mails that it is a share of. */
  readonly ofMin: number;
}

/** When a sender or a campaign is held, by what happened in the last 24 hours. */
export interface BreakerRule {
  /** Complaints, of mails that were accepted. */
  readonly complaints: BreakerThreshold;
  /** Refusals as spam, of attempts. */
  readonly spamRefusals: BreakerThreshold;
}

/** Options of a breaker; what is absent is as in {@link defaultBreakerRule}. */
export interface BreakerOptions {
  readonly complaints?: Partial<BreakerThreshold>;
  readonly spamRefusals?: Partial<BreakerThreshold>;
}

/** 0.3 % complaints is where large providers begin to refuse; the rest keeps chance out. */
export const defaultBreakerRule: BreakerRule = {
  complaints: { share: 0.003, countMin: 5, ofMin: 500 },
  spamRefusals: { share: 0.05, countMin: 20, ofMin: 200 },
};

/** The rule that options make; undefined for `false`: no breaker. */
export function breakerRuleOf(options: BreakerOptions | false = {}): BreakerRule | undefined {
  if (options === false) return undefined;
  const { complaints, spamRefusals } = defaultBreakerRule;
  return {
    complaints: { ...complaints, ...options.complaints },
    spamRefusals: { ...spamRefusals, ...options.spamRefusals },
  };
}
