/*
 * The mail of the benchmark: text and HTML, about 7.6 KB on the wire, the same words for every
 * program, the recipient's name and a number different in each.
 */

/** What makes one mail of the benchmark. */
export interface BenchMail {
  readonly from: { readonly name: string; readonly address: string };
  readonly to: { readonly name: string; readonly address: string };
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** The sender; no DMARC policy is published for its domain. */
export const benchSender = { name: 'Jané Doe', address: 'jane@acme.example' } as const;

const sentences = [
  'Thank you for the time you took on Tuesday; it helped us to understand what your team needs.',
  'Attached to this offer you find the figures we spoke about, with the discount for three years.',
  'The café around the corner would be a good place to go through the open points together.',
  'Please tell us until the end of next week whether the dates suit you, so that we can plan.',
  'Our colleagues in Zürich will call you about the installation and answer what is still open.',
] as const;
const textParagraphs = 25;
const htmlParagraphs = 42;

/** The fixed words, with `{name}` and `{number}` to fill in. */
export const textTemplate = `Dear {name},\n\n${paragraphs(textParagraphs).join('\n\n')}\n\nOffer {number}\nJané\n`;

/** The same as HTML. */
export const htmlTemplate = `<html><body><p>Dear {name},</p>\n${paragraphs(htmlParagraphs)
  .map((words) => `<p>${words}</p>`)
  .join('\n')}\n<p>Offer {number}</p></body></html>\n`;

function paragraphs(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => sentences[index % sentences.length] ?? '');
}

/** Fills a template in. */
export function filled(template: string, number: number): string {
  return template.replaceAll('{name}', `Bob ${number}`).replaceAll('{number}', String(number));
}

/** The mail of a number. */
export function benchMail(number: number): BenchMail {
  return {
    from: benchSender,
    to: { name: `Bob ${number}`, address: `bob${number}@dest.example` },
    subject: `Your offer ${number}`,
    text: filled(textTemplate, number),
    html: filled(htmlTemplate, number),
  };
}

/** The same mail for us: the template with what it is filled with. */
export function benchTemplate(number: number) {
  const { from, to } = benchMail(number);
  const liquid = (text: string): string => text.replaceAll(/\{(\w+)\}/g, '{{ $1 }}');
  return {
    from,
    to,
    subject: 'Your offer {{ number }}',
    text: liquid(textTemplate),
    html: liquid(htmlTemplate),
    variables: { name: `Bob ${number}`, number: String(number) },
  };
}
