/**
 * The thread that parses mails, started by copy-parser.ts. Hostile mail may take minutes or all
 * memory in any MIME parser; here it can only take this thread down.
 *
 * The parser runs without its conversions from HTML to text and back (a flat table of 3 MB took
 * 71 seconds in them) and without putting images into the HTML.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { simpleParser } from 'mailparser';
import { createClassifier } from '../../bounces/bounce-classifier.ts';
import { classifyMail } from '../../bounces/classify-mail.ts';
import { messageOf } from '../../runtime/errors.ts';
import { boundedNotice } from './bounded-notice.ts';
import { contentKeyOf } from './content-key.ts';
import { normaliseLineEnds, readHeader } from './header-lines.ts';
import type {
  CopyReading,
  NoticeMailReading,
  ParseAnswer,
  ParseRequest,
  ParseThreadSettings,
} from './parse-protocol.ts';
import { toParsedCopy } from './parsed-mail.ts';

const parserOptions = {
  skipHtmlToText: true,
  skipTextToHtml: true,
  skipTextLinks: true,
  skipImageLinks: true,
  keepCidLinks: true,
  keepDeliveryStatus: true,
  checksumAlgo: 'sha256',
  maxHtmlLengthToParse: 262_144,
} as const;

const settings = workerData as ParseThreadSettings;
const rules = settings.bounceRules;
// made before the first mail: no mail's deadline pays for it
const classify = rules.length === 0 ? undefined : createClassifier({ rules }).classifyReply;

async function readCopy(raw: Buffer): Promise<CopyReading> {
  const mail = normaliseLineEnds(raw);
  const parsed = await simpleParser(mail, parserOptions);
  const copy = toParsedCopy(parsed, readHeader(mail).fields, settings.textMaxBytes);
  return { copy, contentKey: contentKeyOf(mail) };
}

function readNotice(raw: Buffer): NoticeMailReading {
  return { notice: boundedNotice(classifyMail(raw, classify)), contentKey: contentKeyOf(raw) };
}

async function answerTo({ id, as, raw }: ParseRequest): Promise<ParseAnswer> {
  try {
    const bytes = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength);
    if (as === 'notice') return { kind: 'notice', id, ...readNotice(bytes) };
    return { kind: 'copy', id, ...(await readCopy(bytes)) };
  } catch (error) {
    return { kind: 'failed', id, detail: messageOf(error).slice(0, 200) };
  }
}

const answer = (message: ParseAnswer): void => parentPort?.postMessage(message);
parentPort?.on('message', (request: ParseRequest) => void answerTo(request).then(answer));
answer({ kind: 'ready' });
