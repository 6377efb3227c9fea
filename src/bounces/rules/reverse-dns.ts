import type { RuleFile } from '../rule.ts';

/** The address that we send from has no name, or a wrong one. */
export const reverseDns: RuleFile = {
  name: 'reverse-dns',
  kind: 'theme',
  rules: [
    {
      id: 'reverse-dns.missing',
      class: 'ptr_missing',
      why: 'The IP address that we send from has no reverse DNS entry, or one that does not fit.',
      phrases: [
        '(ip|host|server) *5 (lacks|has no|without|have no|needs) (a|an|any|valid)? (hostname|host name|dns name|rdns|dns record)',
        '(ptr|rdns|fcrdns|reverse dns|reverse lookup|reverse hostname|reverse host|reverse name|reverse ip|reverse mapping|reverse map|reverse record|inverse dns|reverse resolution|reverse address|reverse domain|iprev|ip rev)',
        '(reverse|inverse) *2 (dns|lookup|resolution|hostname|mapping)',
        '(hostname|host name|name) (of|for) # *2 {missing}',
        '(not|isnt) associated with (a|any) (hostname|host name|name)',
        '{cannot} *2 (find|resolve|determine|look up|lookup|get|verify) *3 (your|client|the|sending|remote|connecting) (hostname|host name|reverse hostname|host|ip|servers hostname)',
        '(client|your|sending|remote|connecting) *4 (hostname|host name|name|hostname lookup|host) *2 (cannot be found|not found|cannot find|unknown|lookup failed|does not resolve|doesnt resolve|not resolved)',
        '(ip|address|host|client|server) *4 (does not|doesnt|do not|has no|must|should|without|not) *2 (resolve|have a (hostname|host name|name)|hostname|reverse)',
        '(forward|hostname|name) *3 (does not match|doesnt match|mismatch|not match) *4 (ip|address|reverse|forward)',
        'cannot find your (hostname|reverse hostname)',
        'ip name lookup',
        '(unverifyable|unverifiable) *2 (ip|ips|host)',
        '(dns) *3 (ptr|reverse)',
        '(dynamic|generic|residential|dialup|dial up|dynamically assigned|home) *2 (ptr|hostname|rdns|reverse dns|host name)',
      ],
      not: [
        'domain part',
        'spf',
        'recipient domain',
        '{sender} * (domain|address) * (not found|resolve)',
        '(helo|ehlo) *4 (invalid|mismatch)',
      ],
      examples: [
        '550 5.7.25 We found no PTR record for 192.0.2.7',
        '450 4.7.1 Client host rejected: the reverse DNS of 192.0.2.7 does not fit',
      ],
    },
  ],
};
