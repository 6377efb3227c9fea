import { characterKind, characterTable, type CharacterTable } from './fold-character.ts';
import { addressWord, numberWord, otherWord, type WordIndex } from './word-index.ts';

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
  #text = '';
  #length = 0;
  #step = 0;
  #sentence = 0;

  constructor(index: WordIndex) {
    this.#index = index;
  }

  /** Reads a text. */
  read(text: string): void {
    this.#text = text;
    this.#length = Math.min(text.length, longestText);
    this.count = 0;
    this.#step = 0;
    this.#sentence = 0;
    for (let at = 0; at < this.#length;) {
      const kind = this.#kind(at);
      if (kind === characterKind.divider) at += 1;
      else at = this.#readRun(at);
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
    return this.#table.kinds[this.#text.charCodeAt(at)] as number;
  }

  #isWord(at: number): boolean {
    return at >= 0 && at < this.#length && this.#kind(at) === characterKind.word;
  }

  /** Reads characters up to the next space or bracket; returns where it ends. */
  #readRun(start: number): number {
    const text = this.#text;
    const { kinds } = this.#table;
    let end = start;
    let at = -1;
    let colons = 0;
    let isHex = true;
    for (; end < this.#length; end += 1) {
      const unit = text.charCodeAt(end);
      if (kinds[unit] === characterKind.divider && !this.#isContraction(end)) break;
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
    while (first > start && !isLabelEnd(this.#text.charCodeAt(first - 1))) first -= 1;
    let last = at + 1;
    while (last < end && (this.#isWord(last) || isHostMark(this.#text.charCodeAt(last)))) last += 1;
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
      } else if (!isGlue(this.#text.charCodeAt(at))) {
        isGlued = false;
      }
      at += 1;
    }
  }

  #endsSentence(at: number, end: number): boolean {
    const unit = this.#text.charCodeAt(at);
    return at + 1 >= end || unit > 0x80;
  }

  #readWord(start: number, end: number, isGlued: boolean): number {
    const { folded, kinds } = this.#table;
    const index = this.#index;
    const text = this.#text;
    let node = 0;
    let stem = otherWord;
    let isNumber = true;
    let at = start;
    for (; at < end; at += 1) {
      const unit = text.charCodeAt(at);
      if (kinds[unit] !== characterKind.word) {
        if (this.#isContraction(at) || this.#isHyphenInEmail(start, at)) continue;
        break;
      }
      if (unit < 0x30 || unit > 0x39) isNumber = false;
      if (node === -1) continue;
      node = index.child(node, folded[unit] as number);
      if (node === -1) continue;
      const stemHere = index.stemAt(node);
      if (stemHere !== otherWord) stem = stemHere;
    }
    const known = node === -1 ? otherWord : this.#index.wordAt(node);
    const typeOfForm = isNumber ? numberWord : stem;
    this.#addToken(start, at, known === otherWord ? typeOfForm : known, isGlued);
    return at;
  }

  #readIdeograph(at: number): void {
    const node = this.#index.child(0, this.#table.folded[this.#text.charCodeAt(at)] as number);
    this.#addToken(at, at + 1, node === -1 ? otherWord : this.#index.wordAt(node), false);
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
    const unit = this.#text.charCodeAt(at);
    // Most are spaces and full stops: those are told first.
    if (unit === 0x20 || unit === 0x2e) return false;
    const isQuote = unit === 0x22 || this.#kind(at) === characterKind.apostrophe;
    if (!isQuote || !this.#isWord(at - 1) || !this.#isWord(at + 1)) return false;
    let length = 1;
    while (length < 4 && this.#isWord(at + 1 + length)) length += 1;
    return endings.has(this.#text.slice(at + 1, at + 1 + length).toLowerCase());
  }

  /** "e-mail" is "email". */
  #isHyphenInEmail(start: number, at: number): boolean {
    if (at !== start + 1 || this.#text.charCodeAt(at) !== 0x2d) return false;
    return (
      (this.#text.charCodeAt(start) | 0x20) === 0x65 &&
      (this.#text.charCodeAt(at + 1) | 0x20) === 0x6d
    );
  }

  /** Behind codes that begin a run: "5.1.1", "#5.1.1", "550-5.1.1", and "550" at the beginning of a line. */
  #afterCodes(from: number, end: number): number {
    let at = from;
    if (this.#text.charCodeAt(at) === 0x23) at += 1;
    const first = this.#text.charCodeAt(at);
    if (first < 0x32 || first > 0x35) return from;
    if (end - at >= 3 && this.#isDigit(at + 1) && this.#isDigit(at + 2)) {
      const next = this.#text.charCodeAt(at + 3);
      if (at + 3 === end && isLineStart(this.#text, at)) return end;
      if (next !== 0x2d) return from;
      if (isLineStart(this.#text, at)) return Math.max(at + 4, this.#afterEnhanced(at + 4, end));
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
        if (this.#text.charCodeAt(at) !== 0x2e) return from;
        at += 1;
      }
      const begin = at;
      while (at < end && at - begin < 3 && this.#isDigit(at)) at += 1;
      if (at === begin || (part === 0 && at - begin !== 1)) return from;
    }
    if (
      at < end &&
      (this.#isWord(at) || (this.#text.charCodeAt(at) === 0x2e && this.#isDigit(at + 1)))
    )
      return from;
    return at;
  }

  /** Behind an IPv4 address at this place; the place itself if there is none. */
  #afterIpAddress(from: number, end: number): number {
    let at = from;
    for (let part = 0; part < 4; part += 1) {
      if (part > 0) {
        if (this.#text.charCodeAt(at) !== 0x2e) return from;
        at += 1;
      }
      const begin = at;
      while (at < end && at - begin < 3 && this.#isDigit(at)) at += 1;
      if (at === begin) return from;
    }
    return at < end && this.#isWord(at) ? from : at;
  }

  #isDigit(at: number): boolean {
    const unit = this.#text.charCodeAt(at);
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

function isLineStart(text: string, at: number): boolean {
  return at === 0 || text.charCodeAt(at - 1) === 0x0a;
}
