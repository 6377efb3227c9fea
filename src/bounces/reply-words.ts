import { characterKind, characterTable, type CharacterTable } from './fold-character.ts';
import {
  addressWord,
  hashStart1,
  hashStart2,
  nextHash1,
  nextHash2,
  numberWord,
  otherWord,
  type WordIndex,
} from './word-index.ts';

/*
 * A text as words, in one pass. An address, an IP address or a host counts as one step for gaps in
 * phrases; enhanced codes and reply codes at the beginning of a line are no words, so that
 * "550-5.1.1 No such\n550 5.1.1 user" still reads "no such user".
 */

/** Longest text that is read, in UTF-16 units; what follows is not looked at. */
export const longestText = 8_192;

/** The words of one text; the arrays are used again for the next one. */
export class ReplyWords {
  /** Number of words. */
  count = 0;
  /** Where each begins and ends in the text. */
  readonly starts = new Int32Array(longestText + 1);
  readonly ends = new Int32Array(longestText + 1);
  /** Which step of the text it is in; parts of one host share one. */
  readonly steps = new Int32Array(longestText + 1);
  readonly sentences = new Int32Array(longestText + 1);
  /** What each is: a type of the index. */
  readonly types = new Int32Array(longestText + 1);
  readonly #index: WordIndex;
  readonly #table: CharacterTable = characterTable();
  /** The text, unit by unit: as it is and as it counts; 0 behind its end. */
  readonly #units = new Uint16Array(longestText + 4);
  readonly #kinds = new Uint8Array(longestText + 4);
  #length = 0;
  #step = 0;
  #sentence = 0;

  constructor(index: WordIndex) {
    this.#index = index;
  }

  /** Reads a text. */
  read(text: string): void {
    const length = Math.min(text.length, longestText);
    const { kinds } = this.#table;
    for (let at = 0; at < length; at += 1) {
      const unit = text.charCodeAt(at);
      this.#units[at] = unit;
      this.#kinds[at] = kinds[unit] as number;
    }
    this.#units.fill(0, length, length + 4);
    this.#kinds.fill(characterKind.divider, length, length + 4);
    this.#length = length;
    this.count = 0;
    this.#step = 0;
    this.#sentence = 0;
    for (let at = 0; at < this.#length;) {
      if (this.#kind(at) === characterKind.divider) {
        // A blank line ends a sentence as a full stop does.
        if (this.#units[at] === 0x0a && this.#isLineStart(at)) this.#sentence += 1;
        at += 1;
      } else at = this.#readRun(at);
    }
  }

  /** Takes words out, as if they had not been there. */
  remove(from: number, to: number): void {
    const { count, steps } = this;
    const gone = (to < count ? (steps[to] as number) : this.#step + 1) - (steps[from] as number);
    for (const column of [this.starts, this.ends, this.types, this.sentences]) {
      column.copyWithin(from, to, count);
    }
    for (let word = to; word < count; word += 1) {
      steps[from + word - to] = (steps[word] as number) - gone;
    }
    this.count = count - (to - from);
  }

  #kind(at: number): number {
    return this.#kinds[at] as number;
  }

  #isWord(at: number): boolean {
    return at >= 0 && at < this.#length && this.#kind(at) === characterKind.word;
  }

  /** Reads characters up to the next space or bracket; returns where it ends. */
  #readRun(start: number): number {
    const units = this.#units;
    const kinds = this.#kinds;
    let end = start;
    let at = -1;
    let colons = 0;
    let isHex = true;
    for (; end < this.#length; end += 1) {
      if (kinds[end] === characterKind.divider && !this.#isContraction(end)) break;
      const unit = units[end] as number;
      if (unit === 0x40) at = end;
      else if (unit === 0x3a) colons += 1;
      else if (isHex) isHex = isHexDigit(unit);
    }
    if (at > start && this.#isWord(at + 1)) this.#readAddress(start, at, end);
    else if (isHex && colons > 1) this.#addToken(start, end, numberWord, false);
    else this.#readWords(start, end);
    return end;
  }

  #readAddress(start: number, at: number, end: number): void {
    let first = at;
    while (first > start && !isLabelEnd(this.#units[first - 1] as number)) first -= 1;
    let last = at + 1;
    while (last < end && (this.#isWord(last) || isHostMark(this.#units[last] as number))) last += 1;
    while (!this.#isWord(last - 1) && last > at + 1) last -= 1;
    this.#readWords(start, first);
    this.#addToken(first, last, addressWord, false);
    this.#readWords(last, end);
  }

  /** The words of a run that is no address. */
  #readWords(from: number, end: number): void {
    let at = this.#afterCodes(from, end);
    let isGlued = false;
    while (at < end) {
      const kind = this.#kind(at);
      if (kind === characterKind.word) {
        const behindAddress = isGlued ? at : this.#afterIpAddress(at, end);
        if (behindAddress > at) {
          this.#addToken(at, behindAddress, numberWord, false);
          at = behindAddress;
          continue;
        }
        at = this.#readWord(at, end, isGlued);
        isGlued = true;
        continue;
      }
      if (kind === characterKind.ideograph) {
        this.#readIdeograph(at);
      } else if (kind === characterKind.stop && this.#endsSentence(at, end)) {
        this.#sentence += 1;
      } else if (!isGlue(this.#units[at] as number)) {
        isGlued = false;
      }
      at += 1;
    }
  }

  #endsSentence(at: number, end: number): boolean {
    const unit = this.#units[at] as number;
    return at + 1 >= end || unit > 0x80;
  }

  #readWord(start: number, end: number, isGlued: boolean): number {
    const { folded } = this.#table;
    const units = this.#units;
    const kinds = this.#kinds;
    let hash1 = hashStart1;
    let hash2 = hashStart2;
    let isNumber = true;
    let at = start;
    for (; at < end; at += 1) {
      if (kinds[at] !== characterKind.word) {
        if (this.#isContraction(at) || this.#isHyphenInEmail(start, at)) continue;
        break;
      }
      const unit = units[at] as number;
      if (unit < 0x30 || unit > 0x39) isNumber = false;
      const letter = folded[unit] as number;
      hash1 = nextHash1(hash1, letter);
      hash2 = nextHash2(hash2, letter);
    }
    let type = this.#index.word(hash1, hash2);
    if (type === otherWord) type = isNumber ? numberWord : this.#stemOf(start, at);
    this.#addToken(start, at, type, isGlued);
    return at;
  }

  /** The longest stem that a word begins with; asked for words that no phrase has. */
  #stemOf(start: number, end: number): number {
    const { folded } = this.#table;
    const index = this.#index;
    let hash1 = hashStart1;
    let hash2 = hashStart2;
    let length = 0;
    let stem = otherWord;
    for (let at = start; at < end && length < 31; at += 1) {
      if (this.#kinds[at] !== characterKind.word) continue;
      const letter = folded[this.#units[at] as number] as number;
      hash1 = nextHash1(hash1, letter);
      hash2 = nextHash2(hash2, letter);
      length += 1;
      if (length === 2 && !index.mayBeginStem(hash1)) return stem;
      if (((index.stemLengths >>> length) & 1) === 0) continue;
      const stemHere = index.stem(hash1, hash2);
      if (stemHere !== otherWord) stem = stemHere;
    }
    return stem;
  }

  #readIdeograph(at: number): void {
    const unit = this.#table.folded[this.#units[at] as number] as number;
    const type = this.#index.word(nextHash1(hashStart1, unit), nextHash2(hashStart2, unit));
    this.#addToken(at, at + 1, type, false);
  }

  #addToken(start: number, end: number, type: number, isGlued: boolean): void {
    const word = this.count;
    if (!isGlued) this.#step += 1;
    this.starts[word] = start;
    this.ends[word] = end;
    this.types[word] = type;
    this.steps[word] = this.#step;
    this.sentences[word] = this.#sentence;
    this.count = word + 1;
  }

  /** Whether this is the quote of "doesn't", also where a program wrote `doesn"t`. */
  #isContraction(at: number): boolean {
    const unit = this.#units[at] as number;
    // Most are spaces and full stops: those are told first.
    if (unit === 0x20 || unit === 0x2e) return false;
    const isQuote = unit === 0x22 || this.#kind(at) === characterKind.apostrophe;
    if (!isQuote || !this.#isWord(at - 1) || !this.#isWord(at + 1)) return false;
    let length = 1;
    while (length < 4 && this.#isWord(at + 1 + length)) length += 1;
    const letters = this.#units.subarray(at + 1, at + 1 + length);
    return endings.has(String.fromCharCode(...letters).toLowerCase());
  }

  /** "e-mail" is "email". */
  #isHyphenInEmail(start: number, at: number): boolean {
    if (at !== start + 1 || (this.#units[at] as number) !== 0x2d) return false;
    return (
      ((this.#units[start] as number) | 0x20) === 0x65 &&
      ((this.#units[at + 1] as number) | 0x20) === 0x6d
    );
  }

  /** Behind codes that begin a run: "5.1.1", "#5.1.1", "550-5.1.1", and "550" at the beginning of a line. */
  #afterCodes(from: number, end: number): number {
    let at = from;
    if ((this.#units[at] as number) === 0x23) at += 1;
    const first = this.#units[at] as number;
    if (first < 0x32 || first > 0x35) return from;
    if (end - at >= 3 && this.#isDigit(at + 1) && this.#isDigit(at + 2)) {
      const next = this.#units[at + 3] as number;
      if (at + 3 === end && this.#isLineStart(at)) return end;
      if (next !== 0x2d) return from;
      if (this.#isLineStart(at)) return Math.max(at + 4, this.#afterEnhanced(at + 4, end));
      const behind = this.#afterEnhanced(at + 4, end);
      return behind > at + 4 ? behind : from;
    }
    const behind = this.#afterEnhanced(at, end);
    return behind > at ? behind : from;
  }

  /** Behind an enhanced code at this place; the place itself if there is none. */
  #afterEnhanced(from: number, end: number): number {
    let at = from;
    for (let part = 0; part < 3; part += 1) {
      if (part > 0) {
        if ((this.#units[at] as number) !== 0x2e) return from;
        at += 1;
      }
      const begin = at;
      while (at < end && at - begin < 3 && this.#isDigit(at)) at += 1;
      if (at === begin || (part === 0 && at - begin !== 1)) return from;
    }
    if (
      at < end &&
      (this.#isWord(at) || ((this.#units[at] as number) === 0x2e && this.#isDigit(at + 1)))
    )
      return from;
    return at;
  }

  /** Behind an IPv4 address at this place; the place itself if there is none. */
  #afterIpAddress(from: number, end: number): number {
    let at = from;
    for (let part = 0; part < 4; part += 1) {
      if (part > 0) {
        if ((this.#units[at] as number) !== 0x2e) return from;
        at += 1;
      }
      const begin = at;
      while (at < end && at - begin < 3 && this.#isDigit(at)) at += 1;
      if (at === begin) return from;
    }
    return at < end && this.#isWord(at) ? from : at;
  }

  #isLineStart(at: number): boolean {
    return at === 0 || this.#units[at - 1] === 0x0a;
  }

  #isDigit(at: number): boolean {
    const unit = this.#units[at] as number;
    return unit >= 0x30 && unit <= 0x39;
  }
}

const endings = new Set(['t', 's', 're', 've', 'll', 'd']);

function isHexDigit(unit: number): boolean {
  return (
    (unit >= 0x30 && unit <= 0x39) ||
    ((unit | 0x20) >= 0x61 && (unit | 0x20) <= 0x66) ||
    unit === 0x2e
  );
}

/** `.` and `/` in hosts and URLs. */
function isGlue(unit: number): boolean {
  return unit === 0x2e || unit === 0x2f || unit === 0x3f || unit === 0x26 || unit === 0x3d;
}

function isHostMark(unit: number): boolean {
  return unit === 0x2e || unit === 0x2d;
}

/** `:`, `;` and `=` end a label before an address. */
function isLabelEnd(unit: number): boolean {
  return unit === 0x3a || unit === 0x3b || unit === 0x3d;
}
