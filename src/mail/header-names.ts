/** Header field names we write or read, spelled as their RFCs spell them. */
export const headerNames = {
  /** RFC 5322 §3.6. */
  date: 'Date',
  from: 'From',
  sender: 'Sender',
  replyTo: 'Reply-To',
  to: 'To',
  cc: 'Cc',
  bcc: 'Bcc',
  messageId: 'Message-ID',
  inReplyTo: 'In-Reply-To',
  references: 'References',
  subject: 'Subject',
  /** RFC 2045. */
  mimeVersion: 'MIME-Version',
  contentType: 'Content-Type',
  contentTransferEncoding: 'Content-Transfer-Encoding',
  contentDisposition: 'Content-Disposition',
  contentId: 'Content-ID',
  /** RFC 2369, 2919 and 8058. */
  listUnsubscribe: 'List-Unsubscribe',
  listUnsubscribePost: 'List-Unsubscribe-Post',
  listId: 'List-Id',
  listHelp: 'List-Help',
  /** Gmail's feedback loop. */
  feedbackId: 'Feedback-ID',
  /** RFC 3834 §5, and what stands for it in practice. */
  autoSubmitted: 'Auto-Submitted',
  precedence: 'Precedence',
  autoResponseSuppress: 'X-Auto-Response-Suppress',
  /** RFC 6376. */
  dkimSignature: 'DKIM-Signature',
  /** Trace fields and delivery addresses that the receiving side adds. */
  received: 'Received',
  returnPath: 'Return-Path',
  deliveredTo: 'Delivered-To',
  xOriginalTo: 'X-Original-To',
  envelopeTo: 'Envelope-To',
  xEnvelopeTo: 'X-Envelope-To',
  authenticationResults: 'Authentication-Results',
  /** Ours: proves that a copy is of a message we made (message-reference.ts). */
  onbehalfReference: 'X-Onbehalf-Ref',
} as const;
