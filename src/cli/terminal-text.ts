/** A time as text, to the second, in UTC. */
export function timeText(at: number): string {
  return new Date(at).toISOString().replace('T', ' ').slice(0, 19);
}

/** For texts from mail, servers and callers: no escape sequence of theirs may reach the terminal. */
export { printableText as printable } from '../mail/printable-text.ts';

/** A length of time as text, in its largest unit: `40 s`, `3 min`, `5 h`, `2 d`. */
export function durationText(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.round(seconds / 3_600)} h`;
  return `${Math.round(seconds / 86_400)} d`;
}

/** A number of bytes as text. */
export function bytesText(bytes: number): string {
  if (bytes < 10_000) return `${bytes} B`;
  if (bytes < 10_000_000) return `${Math.round(bytes / 1000)} kB`;
  if (bytes < 10_000_000_000) return `${Math.round(bytes / 1_000_000)} MB`;
  return `${Math.round(bytes / 1_000_000_000)} GB`;
}
