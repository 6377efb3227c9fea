import { describe, expect, test } from '@jest/globals';
import { chooseMode, type ModeChoice, type ModeFacts } from '../../src/mail/choose-mode.ts';
import type {
  DmarcFacts,
  FromDomainFacts,
  RecipientProvider,
  VerificationFacts,
} from '../../src/mail/domain-facts.ts';
import type { MaskingMode, SendKind } from '../../src/mail/kinds.ts';

/*
 * Every combination of the inputs against an oracle that was written from the table in words, with
 * plain words for inputs and results, and shares nothing with the code.
 */

const published = (
  policy: 'none' | 'quarantine' | 'reject',
  strictDkim = false,
  strictSpf = false,
): DmarcFacts => ({
  kind: 'published',
  policy,
  recordDomain: 'acme.example',
  strictDkim,
  strictSpf,
});

const dmarcs = {
  absent: { kind: 'none-found' },
  none: published('none'),
  quarantine: published('quarantine'),
  reject: published('reject'),
  'reject adkim=s': published('reject', true),
  'reject aspf=s': published('reject', false, true),
  silent: { kind: 'temperror', reason: 'SERVFAIL' },
} satisfies Record<string, DmarcFacts>;

const verifications = {
  no: { kind: 'none', missing: ['There is no key of ours.'] },
  dkim: { kind: 'dkim', signingDomain: 'mail.acme.example', selector: 'crm1', missing: [] },
  'dkim of parent': {
    kind: 'dkim',
    signingDomain: 'acme.example',
    selector: 'crm1',
    missing: ['em.acme.example does not exist.'],
  },
  'dkim and return path': {
    kind: 'dkim+returnpath',
    signingDomain: 'mail.acme.example',
    selector: 'crm1',
    returnPathHost: 'em.mail.acme.example',
  },
  silent: { kind: 'temperror', reason: 'time-out' },
} satisfies Record<string, VerificationFacts>;

interface Case {
  readonly kind: SendKind;
  readonly eai: boolean;
  readonly conn: boolean;
  readonly optedIn: boolean;
  readonly dmarc: keyof typeof dmarcs;
  readonly ver: keyof typeof verifications;
  readonly free: boolean;
  readonly rcpt: readonly (RecipientProvider | 'temperror')[];
  readonly forced: readonly RecipientProvider[];
  readonly count: number | undefined;
  readonly over: boolean;
  readonly asked: MaskingMode | undefined;
}

const yesNo = [false, true];
const inputs = {
  kind: ['single', 'sequence', 'bulk'] as const,
  eai: yesNo,
  conn: yesNo,
  optedIn: yesNo,
  dmarc: Object.keys(dmarcs) as (keyof typeof dmarcs)[],
  ver: Object.keys(verifications) as (keyof typeof verifications)[],
  free: yesNo,
  rcpt: [['gmail'], ['other'], ['temperror'], ['other', 'gmail']],
  forced: [[], ['gmail']],
  count: [undefined, 500],
  over: yesNo,
  asked: [undefined, 'on-behalf', 'aligned', 'rewritten', 'direct'],
} satisfies { [K in keyof Case]: readonly unknown[] };

function* everyCase(): Generator<Case> {
  const names = Object.keys(inputs) as (keyof Case)[];
  const lengths = names.map((name) => inputs[name].length);
  const total = lengths.reduce((product, length) => product * length, 1);
  for (let number = 0; number < total; number += 1) {
    let rest = number;
    const each = names.map((name, index) => {
      const length = lengths[index] ?? 1;
      const value: unknown = inputs[name][rest % length];
      rest = Math.floor(rest / length);
      return [name, value] as const;
    });
    yield Object.fromEntries(each) as unknown as Case;
  }
}

function factsOf(each: Case): ModeFacts {
  const from: FromDomainFacts = {
    domain: 'mail.acme.example',
    organisationalDomain: 'acme.example',
    freemail: each.free,
    dmarc: dmarcs[each.dmarc],
    verification: verifications[each.ver],
  };
  return {
    kind: each.kind,
    from,
    nonAsciiLocalPart: each.eai,
    connected: each.conn,
    optedIn: each.optedIn,
    recipients: each.rcpt,
    forcedRewritten: each.forced,
    ...(each.count === undefined ? {} : { sentTodayCount: each.count }),
    ...(each.asked === undefined ? {} : { requested: each.asked }),
    dnsWaitOver: each.over,
  };
}

/** `row mode`, `row wait` or `row refused, better`. */
function inWords(choice: ModeChoice): string {
  switch (choice.kind) {
    case 'chosen':
      return [choice.row, choice.mode, choice.variant]
        .filter((each) => each !== undefined)
        .join(' ');
    case 'wait':
      return `${choice.row} wait`;
    case 'refused':
      return `${choice.row} refused, ${choice.better}`;
  }
}

// The oracle. A signature of the parent needs a DMARC record that is known and relaxed; a return
// path below the From domain aligns unless aspf=s.
const aligned: Record<string, string | undefined> = {
  'dkim/any': '4 aligned b1',
  'dkim of parent/absent': '4 aligned b1',
  'dkim of parent/none': '4 aligned b1',
  'dkim of parent/quarantine': '4 aligned b1',
  'dkim of parent/reject': '4 aligned b1',
  'dkim of parent/reject aspf=s': '4 aligned b1',
  'dkim and return path/any': '3 aligned b2',
  'dkim and return path/reject aspf=s': '3 aligned b1',
};

function alignedRow({ ver, dmarc }: Case): string | undefined {
  return aligned[`${ver}/${dmarc}`] ?? aligned[`${ver}/any`];
}

function mayAlign({ ver, dmarc }: Case): boolean {
  return ver === 'silent' || (ver === 'dkim of parent' && dmarc === 'silent');
}

function classicPasses(each: Case): boolean {
  const gmailSaidNo = each.forced.length > 0 && each.rcpt.includes('gmail');
  return each.kind === 'single' && each.optedIn && each.count !== 500 && !gmailSaidNo;
}

function table(each: Case): string {
  const { kind, dmarc, over } = each;
  const silence = over ? '7 rewritten' : '7 wait';
  if (each.conn && kind !== 'bulk') return '2 direct';
  if (each.eai) return '1 rewritten';
  const row = alignedRow(each);
  if (row !== undefined) return row;
  if (each.free) return '5 rewritten';
  if (mayAlign(each)) return silence;
  if (dmarc === 'quarantine' || dmarc.startsWith('reject')) return '6 rewritten';
  if (dmarc === 'silent') return silence;
  if (kind === 'bulk') return '8 rewritten';
  const unknown = each.rcpt.includes('temperror');
  if (classicPasses(each)) return unknown ? silence : '10 on-behalf';
  const small = each.rcpt.every((rcpt) => rcpt === 'other' || rcpt === 'temperror');
  return !each.optedIn && !small ? '9 rewritten' : '11 rewritten';
}

function oracle(each: Case): string {
  const { asked, dmarc, over } = each;
  if (asked === undefined) return table(each);
  const instead = table(each).split(' ')[1];
  const refused = (row: number) => `${row} refused, ${instead === 'wait' ? 'rewritten' : instead}`;
  const silence = over ? refused(7) : '7 wait';
  if (asked === 'rewritten') return '11 rewritten';
  if (asked === 'direct') return each.conn && each.kind !== 'bulk' ? '2 direct' : refused(2);
  if (each.eai) return refused(1);
  if (asked === 'aligned') {
    const row = alignedRow(each);
    if (row !== undefined) return row;
    if (each.free) return refused(5);
    return mayAlign(each) ? silence : refused(4);
  }
  if (each.free) return refused(5);
  if (dmarc === 'quarantine' || dmarc.startsWith('reject')) return refused(6);
  if (dmarc === 'silent') return silence;
  if (each.kind === 'bulk') return refused(8);
  if (!classicPasses(each)) return refused(10);
  return each.rcpt.includes('temperror') ? silence : '10 on-behalf';
}

test('every combination of the inputs gives what the table says, with reasons', () => {
  const wrong: string[] = [];
  const seen = new Map<string, number>();
  for (const each of everyCase()) {
    const choice = chooseMode(factsOf(each));
    const given = inWords(choice);
    const expected = oracle(each);
    seen.set(given, (seen.get(given) ?? 0) + 1);
    const { row, why } = choice;
    const explained = why[0]?.row === row && why.every(({ fact }) => /^\w.+\.$/.test(fact));
    const guessed = given.endsWith('on-behalf') && !mayBeOnBehalf(each);
    if ((given !== expected || !explained || guessed) && wrong.length < 5) {
      wrong.push(`${given}, not ${expected}: ${JSON.stringify({ each, why })}`);
    }
  }
  expect(wrong).toEqual([]);
  // Every row decides somewhere, and so do waiting and each refusal.
  const results = [...seen.keys()];
  for (let row = 1; row <= 11; row += 1) {
    expect(results.filter((key) => key.startsWith(`${row} `))).not.toEqual([]);
  }
  expect(results.filter((key) => key.includes('refused')).length).toBeGreaterThan(10);
  expect(seen.get('10 on-behalf')).toBeGreaterThan(100);
});

/** What must be so wherever on-behalf is chosen, said once more without any order of rows. */
function mayBeOnBehalf({ free, dmarc, kind, eai, rcpt, optedIn }: Case): boolean {
  const isKnown = dmarc === 'none' || dmarc === 'absent';
  return isKnown && !free && kind === 'single' && !eai && optedIn && !rcpt.includes('temperror');
}

const plain: Case = {
  kind: 'single',
  eai: false,
  conn: false,
  optedIn: true,
  dmarc: 'absent',
  ver: 'no',
  free: false,
  rcpt: ['other'],
  forced: [],
  count: undefined,
  over: false,
  asked: undefined,
};

describe('reasons say what a support person needs', () => {
  const sentences = (change: Partial<Case>): readonly string[] =>
    chooseMode(factsOf({ ...plain, ...change })).why.map(({ row, fact }) => `${row}: ${fact}`);

  test('the classic format, and what would get rid of it', () => {
    expect(sentences({})).toEqual([
      '10: mail.acme.example has no DMARC record, so the classic format passes.',
      '4: There is no key of ours.',
    ]);
  });

  test('a policy', () => {
    expect(sentences({ dmarc: 'reject' })[0]).toBe(
      '6: mail.acme.example asks receivers to reject mail that is not authenticated as its own (DMARC).',
    );
  });

  test('a verified domain, and what its return path lacks', () => {
    expect(sentences({ ver: 'dkim of parent', dmarc: 'reject' })).toEqual([
      '4: mail.acme.example carries our DKIM key: DKIM aligns.',
      '3: em.acme.example does not exist.',
    ]);
    expect(sentences({ ver: 'dkim and return path', dmarc: 'reject aspf=s' })[0]).toContain(
      'aspf=s',
    );
  });

  test('a refusal in the last days', () => {
    expect(sentences({ rcpt: ['other', 'gmail'], forced: ['gmail'] })[0]).toBe(
      '11: Gmail refused on-behalf mail from mail.acme.example in the last 7 days.',
    );
  });

  test('silence of DNS names the question', () => {
    expect(sentences({ dmarc: 'silent' })[0]).toContain(
      'DMARC record of mail.acme.example (SERVFAIL)',
    );
    expect(sentences({ ver: 'silent' })[0]).toContain('verified (time-out)');
    expect(sentences({ rcpt: ['temperror'] })[0]).toContain("recipient's mailbox");
  });
});

test('all large providers need the opt-in, small ones are not named', () => {
  for (const provider of ['gmail', 'microsoft', 'yahoo', 'apple'] as const) {
    expect(inWords(chooseMode(factsOf({ ...plain, optedIn: false, rcpt: [provider] })))).toBe(
      '9 rewritten',
    );
  }
  expect(inWords(chooseMode(factsOf({ ...plain, optedIn: false })))).toBe('11 rewritten');
});

test('the 500th mail of a day is still on behalf, the next is not', () => {
  expect(inWords(chooseMode(factsOf({ ...plain, count: 499 })))).toBe('10 on-behalf');
  expect(inWords(chooseMode(factsOf({ ...plain, count: 500 })))).toBe('11 rewritten');
});

test('one recipient who needs another mode decides for all', () => {
  const choice = chooseMode(
    factsOf({ ...plain, optedIn: false, rcpt: ['other', 'gmail', 'other'] }),
  );
  expect(inWords(choice)).toBe('9 rewritten');
  expect(choice.why[0]?.fact).toContain('Gmail');
});
