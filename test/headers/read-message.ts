import { simpleParser } from 'mailparser';
import { readAddress } from '../../src/mail/address.ts';

/** A message as another program reads it. */
export interface ReadMessage {
  readonly subject: string;
  readonly from: readonly ReadMailbox[];
  readonly sender: readonly ReadMailbox[];
  readonly replyTo: readonly ReadMailbox[];
  readonly to: readonly ReadMailbox[];
  readonly cc: readonly ReadMailbox[];
  readonly dateMs: number | undefined;
  readonly messageId: string | undefined;
  readonly inReplyTo: string | undefined;
  readonly references: readonly string[];
  /** The invitation among the alternatives, line ends LF; its file is among the attachments. */
  readonly calendar: { readonly method: string; readonly text: string } | undefined;
  /** Line ends LF, none at the end; empty where there is no text. */
  readonly text: string;
  /** As text. */
  readonly html: string;
  readonly attachments: readonly ReadAttachment[];
}

/** A mailbox as read; no name is an empty one. */
export interface ReadMailbox {
  readonly name: string;
  readonly address: string;
}

/** A file as read; not its type, which mailparser guesses from the name where it can. */
export interface ReadAttachment {
  readonly filename: string | undefined;
  readonly contentId: string | undefined;
  readonly base64: string;
}

/** Reads a message with mailparser, without any of its conversions between text and HTML. */
export async function readMessage(bytes: Buffer): Promise<ReadMessage> {
  const mail = await simpleParser(bytes, {
    skipHtmlToText: true,
    skipTextToHtml: true,
    skipImageLinks: true,
    skipTextLinks: true,
  });
  const mailboxes = (field: unknown): readonly ReadMailbox[] => {
    const lists = (Array.isArray(field) ? field : [field]) as readonly AddressField[];
    return lists.flatMap((list) =>
      // The empty group of undisclosed recipients has no address.
      (list?.value ?? []).flatMap(({ name, address }) =>
        address === undefined ? [] : [{ name, address: ascii(address) }],
      ),
    );
  };
  // mailparser takes an invitation among the alternatives for a file without a name.
  const invitation = mail.attachments.find(
    (file) => file.contentType === 'text/calendar' && file.filename === undefined,
  );
  return {
    subject: mail.subject ?? '',
    from: mailboxes(mail.from),
    sender: mailboxes(mail.headers.get('sender')),
    replyTo: mailboxes(mail.replyTo),
    to: mailboxes(mail.to),
    cc: mailboxes(mail.cc),
    dateMs: mail.date?.getTime(),
    messageId: mail.messageId,
    inReplyTo: mail.inReplyTo,
    references: [mail.references ?? []].flat(),
    calendar: invitation && {
      method: methodOf(invitation.headers.get('content-type')),
      text: bodyLines(invitation.content.toString('utf8')),
    },
    text: bodyLines(mail.text),
    html: bodyLines(typeof mail.html === 'string' ? mail.html : undefined),
    attachments: inOrder(
      mail.attachments
        .filter((file) => file !== invitation)
        .map((file) => ({
          filename: file.filename,
          contentId: file.contentId?.replace(/^<|>$/g, ''),
          base64: file.content.toString('base64'),
        })),
    ),
  };
}

/** Files in an order of their own: what the HTML shows stands before the others in the mail. */
export function inOrder(files: readonly ReadAttachment[]): readonly ReadAttachment[] {
  const keyed = files.map((file) => [JSON.stringify(Object.values(file)), file] as const);
  return keyed.toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, file]) => file);
}

/** A body to compare: line ends as LF, and none at the end, where a body on the wire must have one. */
export function bodyLines(text: string | undefined): string {
  return (text ?? '').replace(/\r\n?/g, '\n').replace(/\n+$/, '');
}

function methodOf(contentType: unknown): string {
  const { params } = contentType as { readonly params: Readonly<Record<string, string>> };
  return params['method'] ?? '';
}

/** The address with its domain in A-labels; mailparser shows letters. */
function ascii(address: string): string {
  const reading = readAddress(address);
  return reading.ok ? reading.address : address;
}

type AddressField = { readonly value?: readonly { name: string; address?: string }[] } | undefined;
