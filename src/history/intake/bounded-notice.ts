/**
 * A notice cut to what the history keeps: whoever writes a mail chooses how much it says, and every
 * text of it ends in the database, on terminals and in logs.
 */
import type { NoticeReading, OriginalMail, RecipientNotice } from '../../bounces/classification.ts';
import { printableText } from '../../mail/printable-text.ts';

/** Most recipients of one notice; the rest is left out. */
const resultsMax = 200;
const addressesMax = 50;
const addressMax = 320;
const fieldMax = 1_000;

/** The notice with at most 200 recipients and 50 addresses, every text one line of at most 1,000 characters. */
export function boundedNotice(reading: NoticeReading): NoticeReading {
  return {
    kind: reading.kind,
    format: line(reading.format, 100),
    results: reading.results.slice(0, resultsMax).map(boundedResult),
    original: boundedOriginal(reading.original),
    deliveredTo: reading.deliveredTo
      .slice(0, addressesMax)
      .map((address) => line(address, addressMax)),
  };
}

function boundedResult(result: RecipientNotice): RecipientNotice {
  const { code, enhancedCode, matched } = result.evidence;
  return {
    ...result,
    rule: line(result.rule, 100),
    confidence: Math.min(Math.max(result.confidence, 0), 1),
    evidence: {
      ...(code === undefined ? {} : { code }),
      ...optional('enhancedCode', enhancedCode, 20),
      ...optional('matched', matched, fieldMax),
    },
    ...optional('recipient', result.recipient, addressMax),
    ...optional('finalRecipient', result.finalRecipient, addressMax),
    ...optional('remoteMta', result.remoteMta, 255),
    ...optional('diagnostic', result.diagnostic, fieldMax),
  };
}

function boundedOriginal(original: OriginalMail): OriginalMail {
  const entries = Object.entries(original) as (readonly [string, string | undefined])[];
  return Object.fromEntries(
    entries.flatMap(([name, value]) =>
      value === undefined ? [] : [[name, line(value, fieldMax)] as const],
    ),
  );
}

function optional<Name extends string>(
  name: Name,
  value: string | undefined,
  lengthMax: number,
): { readonly [Key in Name]?: string } {
  if (value === undefined) return {};
  return { [name]: line(value, lengthMax) } as { readonly [Key in Name]?: string };
}

function line(text: string, lengthMax: number): string {
  return printableText(text.slice(0, 4 * lengthMax))
    .trim()
    .slice(0, lengthMax)
    .toWellFormed();
}
