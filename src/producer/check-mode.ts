import { isAsciiAddress } from '../mail/address.ts';
import { chooseMode, type ModeChoice } from '../mail/choose-mode.ts';
import type { FromDomainFacts, RecipientProvider } from '../mail/domain-facts.ts';
import type { RecipientFact } from '../mail/mode-facts.ts';
import type { CheckedSend } from './check-send.ts';

/** What a caller knows of the world, for `check()`: a producer asks no DNS by itself. */
export interface CheckFacts {
  /** What DNS says of the domain in From. */
  readonly from: FromDomainFacts;
  /** Who runs the recipients' mailboxes; default: nobody special. */
  readonly recipients?: readonly RecipientFact[];
  /** Whether on-behalf may be used for this kind; default: for kind `single` only. */
  readonly optedIn?: boolean;
  /** Whether the user has a mailbox of her own connected; default false. */
  readonly connected?: boolean;
  /** Providers that refused the domain by policy lately; default none. */
  readonly forcedRewritten?: readonly RecipientProvider[];
}

/** Which mode a checked send would get, and why. */
export function modeOf(request: CheckedSend, facts: CheckFacts): ModeChoice {
  const { kind, content, requestedMode } = request;
  return chooseMode({
    kind,
    from: facts.from,
    nonAsciiLocalPart: !isAsciiAddress(content.from.address),
    connected: facts.connected ?? false,
    optedIn: facts.optedIn ?? kind === 'single',
    recipients: facts.recipients ?? ['other'],
    forcedRewritten: facts.forcedRewritten ?? [],
    ...(requestedMode === undefined ? {} : { requested: requestedMode }),
  });
}
