import type { RuleFile } from '../rule.ts';
import { apple } from './apple.ts';
import { chineseProviders, japaneseCarriers } from './asia.ts';
import {
  barracuda,
  cisco,
  cloudmark,
  mimecast,
  otherFilters,
  proofpoint,
  symantec,
} from './cloud-filters.ts';
import { safeCodes, weakCodes } from './codes.ts';
import { domain } from './domain.ts';
import { french, russian } from './europe.ts';
import { form } from './form.ts';
import { frenchWords } from './french-words.ts';
import { german } from './german.ts';
import { google } from './google.ts';
import { greylist } from './greylist.ts';
import { groups } from './groups.ts';
import { hostLists } from './host-lists.ts';
import { accessProviders, godaddy, unitedInternet, zoho } from './hosters.ts';
import { inactive } from './inactive.ts';
import { dutch, italian } from './italian-dutch.ts';
import { chinese, japanese } from './japanese-chinese.ts';
import { korean } from './korean.ts';
import { mailAuthentication } from './mail-authentication.ts';
import { mailbox } from './mailbox.ts';
import { microsoft } from './microsoft.ts';
import { moreLanguages } from './more-languages.ts';
import { moved } from './moved.ts';
import { network } from './network.ts';
import { polish } from './polish.ts';
import { portuguese } from './portuguese.ts';
import { protocol } from './protocol.ts';
import { quota } from './quota.ts';
import { rate } from './rate.ts';
import { refusal } from './refusal.ts';
import { reverseDns } from './reverse-dns.ts';
import { amazonSes, sendingServices } from './relays.ts';
import { russianWords } from './russian-words.ts';
import { sender } from './sender.ts';
import { sessionSecurity } from './session-security.ts';
import { spam } from './spam.ts';
import { spanish } from './spanish.ts';
import { system } from './system.ts';
import { yahoo } from './yahoo.ts';

/**
 * All rules of ours. Among rules of one rank the first that holds decides, so what is said in plainer
 * words stands before what is said with words that also occur elsewhere.
 */
export const ruleFiles: readonly RuleFile[] = [
  google,
  microsoft,
  yahoo,
  apple,
  mimecast,
  proofpoint,
  barracuda,
  cisco,
  symantec,
  cloudmark,
  otherFilters,
  godaddy,
  unitedInternet,
  zoho,
  accessProviders,
  amazonSes,
  french,
  russian,
  chineseProviders,
  japaneseCarriers,
  greylist,
  mailAuthentication,
  reverseDns,
  groups,
  rate,
  quota,
  form,
  sessionSecurity,
  sendingServices,
  hostLists,
  spam,
  refusal,
  sender,
  moved,
  domain,
  inactive,
  mailbox,
  network,
  system,
  german,
  frenchWords,
  spanish,
  portuguese,
  italian,
  dutch,
  polish,
  russianWords,
  japanese,
  chinese,
  korean,
  moreLanguages,
  protocol,
  safeCodes,
  weakCodes,
];
