/** A mail as people in sales and support write it; `{first}`, `{company}`, `{user}` are filled in. */
export interface MailText {
  readonly subject: string;
  /** Paragraphs. */
  readonly text: readonly string[];
  /** Whether it is sent as HTML, too. */
  readonly html: boolean;
}

/** What the demo's users write to their contacts. */
export const mailTexts: readonly MailText[] = [
  {
    subject: 'Nice to meet you, {first}',
    text: [
      'it was good to talk to you at the trade fair last week.',
      'As promised, I would like to show you how {company} could save a day each month. Would Tuesday suit you?',
    ],
    html: false,
  },
  {
    subject: 'Your order is on its way',
    text: [
      'the parcel for {company} left our warehouse this morning and should arrive within three days.',
      'Write back to me if anything is missing.',
    ],
    html: true,
  },
  {
    subject: 'A question about your last invoice',
    text: [
      'our accounts department tells me that one position was billed twice. I am sorry!',
      'The corrected invoice follows today; you need not do anything.',
    ],
    html: false,
  },
  {
    subject: 'Re: Support for the new version',
    text: [
      'yes, {company} gets the new version at no extra cost.',
      'I have put you on the list for next week and will call you once it is your turn.',
    ],
    html: true,
  },
  {
    subject: 'Minutes of our call',
    text: [
      'thank you for your time today. In short: you send us the drawings, we send you an offer by Friday.',
      'Did I forget anything?',
    ],
    html: false,
  },
  {
    subject: '{company}: renewal of your contract',
    text: [
      'your contract ends in six weeks. If you are content, we simply go on as before — für ein weiteres Jahr.',
      'If not, tell me what you would like to change.',
    ],
    html: true,
  },
];

/** First names of contacts. */
export const firstNames =
  'Anna Ben Chloé Dana Emil Farah George Hanna Igor José Kim Lara Mats Nora Omar Priya Quinn Rosa Søren Tara Umar Vera Will Yuki'.split(
    ' ',
  );

/** Last names of contacts. */
export const lastNames =
  'Adler Brandt Costa Diaz Evans Fischer García Hughes Ito Jansen Kowalski Lind Martin Novák Okafor Patel Rossi Singh Torres Weber'.split(
    ' ',
  );

/** Companies of contacts; the domain is the name in lower case, below `.example`. */
export const companies =
  'Northwind Bluebird Oakhill Ferro Lumen Quarry Seaside Tulip Granite Marigold'.split(' ');
