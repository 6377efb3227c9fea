/**
 * The one catalogue of error codes. A code never changes its meaning and is never used again for
 * another one; `docs/errors.md` explains each, and a test keeps the two equal.
 */
export const errorCatalogue = {
  INVALID_CONFIG: 'The configuration file or an environment variable holds a value we cannot use.',
  INVALID_INPUT: 'An option or field given to the library or the command line cannot be used.',
  INVALID_JOB: 'A job in Redis does not have the shape this version reads.',
  INVALID_EVENT: 'An event in Redis does not have the shape this version reads.',
  NEWER_VERSION: 'A job or event was written by a newer version of Onbehalf than this one.',
  MODE_CANNOT_PASS: 'The mode that was asked for cannot pass for this mail.',
  IDEMPOTENCY_CONFLICT: 'The idempotency key was used before with another input.',
  REDIS_UNAVAILABLE: 'Redis cannot be reached.',
  REDIS_UNSUITABLE: 'The Redis server is too old or cannot keep our data.',
  CONTENT_MISSING: 'The content of a message is no longer in Redis.',
  CONTENT_UNREADABLE: 'Stored content cannot be decoded, decrypted or does not match its key.',
  ATTEMPT_TAKEN: 'Another worker has already begun this attempt.',
  SIGNING_FAILED: 'The message could not be signed, so it was not sent.',
  RENDER_FAILED: 'The message could not be rendered, so it was not sent.',
  SUBMIT_FAILED: 'The relay could not be reached or broke off.',
  INTERRUPTED: 'Our own shutdown stopped the work before it began to matter.',
  DATABASE_UNAVAILABLE: 'The history database cannot be opened.',
  MIGRATION_FAILED: 'The history database could not be brought to the current schema.',
  MIGRATION_NEEDED: 'The history database has an older schema than this version needs.',
  MAILBOX_UNAVAILABLE: 'The mailbox cannot be reached, or its server broke off.',
  MAILBOX_LOGIN_REFUSED: 'The mailbox refuses the user name or password, or the way to log in.',
  CONTACT_UNKNOWN: 'No contact has this address.',
  SEND_UNKNOWN: 'No send has this id, or it ended so long ago that it is forgotten.',
  LEASE_LOST: 'Another history process has taken over the mailbox.',
  SERVER_MISSING: 'A server program that this command starts is not installed.',
  SERVER_FAILED: 'A server program that this command started did not come up.',
  SELF_CHECK_FAILED: 'A start-up self-check found that a part does not behave as we rely on.',
} as const;

/** A stable error code of the catalogue. */
export type ErrorCode = keyof typeof errorCatalogue;

/** One thing that is wrong with an input: which field, what was seen (its shape, never a secret), what to do. */
export interface Problem {
  /** Path of the field, e.g. `attachments[2].filename`. */
  readonly field: string;
  /** What is wrong and what to do about it, one sentence. */
  readonly message: string;
}

/** What an {@link OnbehalfError} may carry besides its code and message. */
export interface ErrorDetails {
  /** All problems found at once, for validation errors. */
  readonly problems?: readonly Problem[];
  /** The error that led to this one. */
  readonly cause?: unknown;
}

/**
 * The only error class Onbehalf throws on purpose. Tell errors apart by `code`, never by
 * `instanceof`: errors may come from another realm or another copy of the package.
 */
export class OnbehalfError extends Error {
  readonly code: ErrorCode;
  readonly problems: readonly Problem[];

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'OnbehalfError';
    this.code = code;
    this.problems = details.problems ?? [];
  }
}

/** The `code` of anything thrown, ours or a library's; undefined where there is none. */
export function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** The problems that anything thrown carries; none where it is no validation error. */
export function problemsOf(error: unknown): readonly Problem[] {
  if (typeof error !== 'object' || error === null || !('problems' in error)) return [];
  return Array.isArray(error.problems) ? (error.problems as Problem[]) : [];
}

/** The message of anything thrown, one line. */
export function messageOf(error: unknown): string {
  if (typeof error === 'object' && error !== null && 'message' in error) {
    const message = typeof error.message === 'string' ? error.message : '';
    if (message !== '') return message;
    // A refused connection on Node 20 is an AggregateError with an empty message.
    const code = codeOf(error);
    if (code !== undefined) return code;
  }
  return String(error);
}

/**
 * Builds the error for a list of problems: one message that names all fields.
 *
 * @param what what was validated, e.g. `send()` or `onbehalf.config.json`
 */
export function validationError(
  code: ErrorCode,
  what: string,
  problems: readonly Problem[],
): OnbehalfError {
  const lines = problems.map((problem) => `${problem.field}: ${problem.message}`);
  return new OnbehalfError(code, `${what}: ${lines.join('; ')}`, { problems });
}
