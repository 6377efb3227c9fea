import type { RuleFile } from '../rule.ts';
import { safeCodes, weakCodes } from './codes.ts';
import { domain } from './domain.ts';
import { form } from './form.ts';
import { greylist } from './greylist.ts';
import { hostLists } from './host-lists.ts';
import { inactive } from './inactive.ts';
import { mailAuthentication } from './mail-authentication.ts';
import { mailbox } from './mailbox.ts';
import { moved } from './moved.ts';
import { protocol } from './protocol.ts';
import { quota } from './quota.ts';
import { rate } from './rate.ts';
import { refusal } from './refusal.ts';
import { sender } from './sender.ts';
import { sessionSecurity } from './session-security.ts';
import { spam } from './spam.ts';
import { system } from './system.ts';

/**
 * All rules of ours. Among rules of one rank the first that holds decides, so what is said in plainer
 * words stands before what is said with words that also occur elsewhere.
 */
export const ruleFiles: readonly RuleFile[] = [
  greylist,
  mailAuthentication,
  rate,
  quota,
  form,
  sessionSecurity,
  hostLists,
  spam,
  refusal,
  sender,
  moved,
  domain,
  inactive,
  mailbox,
  system,
  protocol,
  safeCodes,
  weakCodes,
];
