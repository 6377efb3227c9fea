/*
 * Which column of a CSV file holds what. Every service names them differently; names are compared
 * without regard to case and to anything but letters and digits.
 */

/** What a column may hold. */
export type CsvField =
  'tenant' | 'scope' | 'address' | 'sender' | 'domain' | 'source' | 'created' | 'expires';

/** Where a file has what. */
export interface CsvColumns {
  readonly places: Readonly<Partial<Record<CsvField, number>>>;
  /** Columns that may tell why, and how they are called. */
  readonly why: readonly { readonly place: number; readonly name: string }[];
  /** Whether the file is of our own making, so that what was escaped in it is taken back. */
  readonly isOwn: boolean;
}

/** The columns of a file of ours, in their order. */
export const ownColumns = [
  'tenant',
  'scope',
  'address',
  'sender',
  'domain',
  'reason',
  'source',
  'evidence',
  'created',
  'expires',
] as const;

const names: Readonly<Record<CsvField, readonly string[]>> = {
  tenant: ['tenant'],
  scope: ['scope'],
  address: [
    'address',
    'email',
    'emailaddress',
    'mail',
    'recipient',
    'recipientemail',
    'recipientaddress',
    'emailid',
    'subscriber',
    'subscriberemail',
    'contactemail',
    'to',
    'useremail',
    'member',
    'bouncedrecipient',
    'destination',
  ],
  sender: ['sender'],
  domain: ['domain', 'recipientdomain'],
  source: [],
  created: [
    'created',
    'createdat',
    'createdon',
    'createdtime',
    'creationdate',
    'date',
    'datetime',
    'timestamp',
    'time',
    'lastupdatetime',
    'lastupdated',
    'updated',
    'updatedat',
    'addedat',
    'dateadded',
    'unsubtime',
    'cleantime',
    'bouncedat',
    'blockedat',
    'suppressedat',
    'unsubscribedat',
    'blockeddate',
    'eventtime',
    'optouttime',
  ],
  expires: ['expires', 'expiresat', 'expireson', 'expiry', 'expirydate', 'expiration'],
};
const whyNames: readonly string[] = [
  'suppressionreason',
  'reason',
  'type',
  'bouncetype',
  'bounceclass',
  'classification',
  'category',
  'event',
  'eventtype',
  'blockedreason',
  'rejectreason',
  'unsubreason',
  'source',
  'origin',
  'status',
  'code',
  'error',
  'enhancedcode',
  'evidence',
  'detail',
  'details',
  'description',
  'diagnosticcode',
  'message',
  'bouncereason',
  'bouncecode',
  'subtype',
];

/**
 * Finds the columns by the first line of a file; undefined where it is no header we can use.
 *
 * @param column name of the column with the addresses (or domains), where it is told
 */
export function columnsOfHeader(
  cells: readonly string[],
  column: string | undefined,
): CsvColumns | undefined {
  const found = cells.map(plain);
  const isOwn = ownColumns.every((name, place) => found[place] === name);
  const places: Partial<Record<CsvField, number>> = {};
  for (const field of Object.keys(names) as CsvField[]) {
    // The list's order is the order of preference: `email` of a file with `email` and `to`.
    const name = names[field].find((each) => found.includes(each));
    if (name !== undefined) places[field] = found.indexOf(name);
  }
  if (isOwn) places.source = found.indexOf('source');
  if (column !== undefined) {
    const place = found.indexOf(plain(column));
    if (place < 0) return undefined;
    places.address = place;
  }
  if (places.address === undefined && places.domain === undefined) return undefined;
  const why = whyNames.flatMap((name) => {
    const place = found.indexOf(name);
    return place < 0 || (isOwn && name === 'source')
      ? []
      : [{ place, name: cells[place]?.trim() ?? name }];
  });
  return { places, why, isOwn };
}

/** A text with nothing but its letters and digits, in lower case. */
export function plain(text: string): string {
  return text.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, '');
}
