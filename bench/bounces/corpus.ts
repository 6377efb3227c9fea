import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BounceClass } from '../../src/mail/bounce-class.ts';

/** What a labelled mail says of one recipient. */
export interface ExpectedNotice {
  readonly recipient?: string;
  readonly expected_class?: BounceClass;
  readonly accept?: readonly BounceClass[];
}

/** A labelled mail. */
export interface LabelledMail {
  readonly file: string;
  readonly kind: string;
  /** Null where its makers could not tell. */
  readonly is_bounce: boolean | null;
  readonly contested: boolean;
  readonly labels: 'good' | 'weak' | 'none';
  readonly expected: readonly ExpectedNotice[];
  readonly bytes: Uint8Array;
}

/** A labelled reply. */
export interface LabelledReply {
  readonly id: number;
  readonly reply: string;
  readonly expected_class: BounceClass;
  readonly accept: readonly BounceClass[];
  readonly synthetic: boolean;
  /** From a collection that no classifier's author made. */
  readonly neutral: boolean;
  readonly origin: string;
}

/** Reads the labelled mails below a corpus folder, with their bytes. */
export function readMails(folder: string): readonly LabelledMail[] {
  return linesOf<Omit<LabelledMail, 'bytes'>>(join(folder, 'bounces', 'mails.jsonl')).map(
    (mail) => ({ ...mail, bytes: readFileSync(join(folder, 'bounces', mail.file)) }),
  );
}

/** Reads the replies that have a label; those without a code are lines of a report. */
export function readReplies(folder: string): readonly LabelledReply[] {
  type Line = Omit<LabelledReply, 'reply' | 'expected_class'> & {
    readonly text: string;
    readonly reply?: string;
    readonly expected_class?: BounceClass;
  };
  return linesOf<Line>(join(folder, 'bounces', 'replies.jsonl')).flatMap((line) =>
    line.expected_class === undefined
      ? []
      : [{ ...line, reply: line.reply ?? line.text, expected_class: line.expected_class }],
  );
}

/** The collection a mail is from. */
export function sourceOf({ file }: Pick<LabelledMail, 'file'>): string {
  return file.split('/')[1] ?? '';
}

function linesOf<Line>(path: string): readonly Line[] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line);
}
