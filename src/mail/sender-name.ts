import { remembered } from '../runtime/remembered.ts';
import { addressKey, type EmailAddress, type Mailbox } from './address.ts';
import { headerTextProblem } from './header-text.ts';

/**
 * Why a sender may not bear the name that stands beside her address, or undefined where she may. Most
 * mail programs show the name alone, so an address in it would be taken for the sender's; her own may
 * stand there, because many programs put it there.
 */
export function senderNameProblem({ name, address }: Mailbox): string | undefined {
  return name === undefined ? undefined : problemOf(JSON.stringify([name, address]));
}

// A sender's name stands in each of her mails.
const problemOf = remembered(1_000, (sender) => {
  const [name, address] = JSON.parse(sender) as [string, EmailAddress];
  const problem = headerTextProblem(name);
  if (problem !== undefined) return problem;
  // Wide forms of the letters and of @ count as what they look like.
  const found = name.normalize('NFKC').match(/[^\s<>()[\]"',;:]+@[^\s<>()[\]"',;:]+/gu) ?? [];
  return found.every((each) => each.toLowerCase() === addressKey(address))
    ? undefined
    : 'holds an address that is not the sender’s own';
});
