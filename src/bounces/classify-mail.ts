import type { NoticeReading } from './classification.ts';

/** Says what a mail that came back means, for each recipient it names. Never throws. */
export function classifyMail(_bytes: Uint8Array): NoticeReading {
  return { kind: 'not-a-bounce', format: 'none', results: [], original: {}, deliveredTo: [] };
}
