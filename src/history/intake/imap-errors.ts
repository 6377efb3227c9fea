import { OnbehalfError, codeOf, messageOf } from '../../runtime/errors.ts';

/** What the library adds to its errors, as far as we decide on it. */
interface LibraryError {
  readonly authenticationFailed?: boolean;
  readonly serverResponseCode?: string;
  readonly responseStatus?: string;
  readonly responseText?: string;
}

/** Response codes (RFC 5530) of a login that failed for a passing reason. */
const passingReasons = new Set(['UNAVAILABLE', 'INUSE', 'LIMIT', 'SERVERBUG']);

/**
 * The error for a login that will not succeed by trying again: `MAILBOX_LOGIN_REFUSED`; for
 * anything else `MAILBOX_UNAVAILABLE`.
 *
 * @param account `user@host:port`, for the message
 */
export function connectError(error: unknown, account: string): OnbehalfError {
  const { authenticationFailed, serverResponseCode = '' } = propertiesOf(error);
  if (authenticationFailed === true && !passingReasons.has(serverResponseCode)) {
    // No cause here: what the library keeps of a login attempt must not reach a log.
    return new OnbehalfError(
      'MAILBOX_LOGIN_REFUSED',
      `${account} refuses the login (${detailOf(error)}). Check user and password of the mailbox; ` +
        'some providers want an app password and IMAP to be switched on for the account.',
    );
  }
  return unavailable(error, account, 'cannot be opened');
}

/** The error for a session that ended or cannot go on. */
export function unavailable(error: unknown, account: string, what: string): OnbehalfError {
  if (codeOf(error) === 'MAILBOX_UNAVAILABLE') return error as OnbehalfError;
  return new OnbehalfError('MAILBOX_UNAVAILABLE', `${account} ${what}: ${detailOf(error)}`, {
    cause: error,
  });
}

/** Whether the server answered one command with NO or BAD, the connection being fine. */
export function isRefusal(error: unknown): boolean {
  const { responseStatus } = propertiesOf(error);
  return (responseStatus === 'NO' || responseStatus === 'BAD') && codeOf(error) !== 'ETHROTTLE';
}

/** What went wrong, one short line. */
export function detailOf(error: unknown): string {
  const { responseText } = propertiesOf(error);
  const text = responseText === undefined || responseText === '' ? messageOf(error) : responseText;
  const code = codeOf(error);
  const line = text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ').slice(0, 200);
  return code === undefined || line.includes(code) ? line : `${line}, ${code}`;
}

function propertiesOf(error: unknown): LibraryError {
  return typeof error === 'object' && error !== null ? error : {};
}
