/**
 * What set-up says, and how it stops.
 *
 * Everything goes to stderr: stdout belongs to the command that runs after set-up.
 */

const LINES_SHOWN = 40;

/**
 * Raised when set-up cannot go on; its message is the one sentence the user reads, empty if another program has
 * already said it.
 */
export class SetupStopped extends Error {}

/**
 * Prints one plain sentence; nothing if it is empty.
 * @param {string} sentence
 */
export function say(sentence) {
  if (sentence !== '') process.stderr.write(`${sentence}\n`);
}

/**
 * Joins names the way a sentence does: `a`, `a and b`, `a, b and c`.
 * @param {readonly string[]} names
 * @returns {string}
 */
export function listInWords(names) {
  if (names.length < 2) return names.join('');
  return `${names.slice(0, -1).join(', ')} and ${names[names.length - 1]}`;
}

/**
 * Prints what a program that failed had to say: all of it, or its beginning and its end if it is long.
 * @param {string} output
 */
export function sayOutput(output) {
  const lines = output.trimEnd().split('\n');
  const shown =
    lines.length <= LINES_SHOWN
      ? lines
      : [...lines.slice(0, LINES_SHOWN / 2), '…', ...lines.slice(-LINES_SHOWN / 2)];
  say(shown.join('\n'));
}
