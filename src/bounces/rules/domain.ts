import type { RuleFile } from '../rule.ts';

/** The domain of the recipient does not exist or takes no mail. */
export const domain: RuleFile = {
  name: 'domain',
  kind: 'theme',
  rules: [
    {
      id: 'domain.takes-no-mail',
      class: 'domain_refuses_mail',
      why: 'The domain publishes, or its server says, that it takes no mail at all.',
      phrases: [
        '(null mx|nullmx|mx 0)',
        'no mx (record|records)? (found|exist|exists)',
        '(domain|host|server|system|site|machine) *4 (does not|doesnt|do not|dont|never|not|no longer) (accept|accepts|accepting|receive|receives|take|want|handle) (any)? (mail|email|smtp|messages|incoming mail|incoming email|inbound mail)',
        '(no (smtp|mail) service|indicated no smtp service|no smtp service here)',
        '(host|domain|server) (accepts|takes|receives) no (mail|email|messages)',
        '(this|the) (host|server|system) (does not|doesnt) (accept|receive) (mail|email)',
        'no mail (is)? (accepted|received) (here|at this)',
      ],
      not: [
        '(does not|doesnt) accept (mail|email|messages) from',
        '{sender} * (null mx|nullmx|mx)',
        'without',
        'no longer accepting (mail|messages) from',
      ],
      examples: [
        '556 5.1.10 The domain nomail.example publishes a null MX',
        '521 5.3.2 This host does not accept any mail',
      ],
      counterExamples: ['550 We do not accept mail from dynamic addresses'],
    },
    {
      id: 'domain.unknown',
      class: 'domain_unknown',
      why: 'The server says that the domain of the recipient does not exist or has no mail host.',
      phrases: [
        '{domain} *4 {missing}',
        '{missing} {domain}',
        '(no such|invalid|bad|illegal|nonexistent|non existent|unknown) (mail|recipient|recipients|destination|target|email|virtual|local)? (domain|host|hostname|domain name|destination|host or domain|domains)',
        '(host|domain) or (domain|host) (name)? not found',
        '(domain|recipient domain|address domain) *3 (invalid|not valid|unregistered|not registered|expired)',
        '(no|missing|without|lacks) (an|a)? (mx|a|dns|mx or a|a or mx|address) (record|records|entry|resource record|or a record)',
        '(no|not) * mail (server|servers|host|exchanger|exchangers) * (for|found|domain)',
        '(not|isnt|arent|not a|is not) *3 (local|valid|hosted|accepted|known|handled) domain',
        '{domain} *3 not (local|hosted|handled|served|managed|configured)',
        '{cannot} *2 (resolve|find|look up|locate|lookup|route to) *3 {domain}',
        '(account or domain|domain or account) (may|might) not exist',
        '(nxdomain|nonexistentdomain|domainnotfound|nosuchdomain|unknowndomain|badhost|unknownhost)',
        'recipient domain *5 (not found|not exist|unknown)',
        'unable to find the recipient domain',
        'werent able to find *2 recipient domain',
        'dns *4 (nxdomain|no such (domain|host)|domain does not exist|reports non existent)',
        '(name or service not known|no address associated with)',
        '(unrouteable|unroutable) (mail|email)? (domain|host)',
        'no route to domain',
      ],
      not: [
        '{sender} *4 {missing}',
        '{missing} *2 {sender}',
        '(sender|senders|envelope|from|helo|ehlo|mail from|rdns|reverse|ptr|client|sending|return path|your)',
        'user unknown',
        'destination (mailbox|email)',
      ],
      examples: [
        '550 5.1.2 The domain of jane@acme.example could not be found in the DNS',
        '553 5.4.4 acme.example: no address record for this name',
        '550 Unknown host acme.example',
        '554 acme.example is not a local domain',
      ],
      counterExamples: ['550 5.1.8 Domain of sender address acme.example does not exist'],
    },
  ],
};
