import { messageOf } from './errors.ts';
import type { Logger } from './logger.ts';

/**
 * Waits for something whose failure changes nothing for the caller, and logs that failure.
 *
 * @param reason why the failure may be ignored, for the log line
 */
export async function swallow(
  work: Promise<unknown>,
  reason: string,
  logger?: Logger,
): Promise<void> {
  try {
    await work;
  } catch (error) {
    logger?.debug('ignored-failure', { reason, error: messageOf(error) });
  }
}
