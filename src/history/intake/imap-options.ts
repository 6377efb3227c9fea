import type { ImapFlowOptions } from 'imapflow';
import { codeOf } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/logger.ts';
import { isLoopback } from '../../runtime/loopback.ts';

/** Where the mailbox is and how to log in. */
export interface ImapMailboxOptions {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** Never logged, and in no error. */
  readonly password: string;
  /**
   * TLS from the first byte; default true for port 993, else false. Without it the session must
   * upgrade by STARTTLS, except to a loopback address, where it stays in clear text.
   */
  readonly secure?: boolean;
  /** Folder that is read; default `INBOX`. */
  readonly folder?: string;
  /** Where mails go that are in the history; default `Processed`. */
  readonly processedFolder?: string;
  /** Where mails go that wait in quarantine; default `Failed`. */
  readonly failedFolder?: string;
  /** Gets the library's warnings, without their data; default none. */
  readonly logger?: Logger;
}

const MiB = 1024 * 1024;

/** Largest piece of a mail asked for by one command; larger mails come in pieces of this size. */
export const pieceMaxBytes = MiB;

/** The account as logs, errors and the history name it. */
export function accountOf(options: ImapMailboxOptions): string {
  return `${options.user}@${options.host}:${options.port}`;
}

/** The library's options: its limits lowered to what an honest server needs. */
export function libraryOptions(options: ImapMailboxOptions): ImapFlowOptions {
  return {
    host: options.host,
    port: options.port,
    secure: options.secure ?? options.port === 993,
    // left open it would stay in clear text whenever somebody on the way hides STARTTLS
    doSTARTTLS: !isLoopback(options.host),
    auth: { user: options.user, pass: options.password },
    logger: options.logger === undefined ? false : libraryLogger(options.logger),
    disableCompression: true,
    disableAutoIdle: true,
    maxIdleTime: 270_000,
    connectionTimeout: 30_000,
    socketTimeout: 120_000,
    // exceeding one ends the connection, so they are far above the pieces we ask for
    maxLiteralSize: 32 * MiB,
    maxLineLength: 32 * MiB,
    maxResponseSize: 64 * MiB,
    maxResponseTokens: 200_000,
  };
}

function libraryLogger(logger: Logger): NonNullable<Exclude<ImapFlowOptions['logger'], false>> {
  const warn = (entry: unknown): void => {
    const { msg, err } = entry as { readonly msg?: string; readonly err?: unknown };
    logger.warn('imap-library', { message: msg, code: codeOf(err) });
  };
  return { debug: () => undefined, info: () => undefined, warn, error: warn };
}
