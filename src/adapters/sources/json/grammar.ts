/**
 * RFC 8259 as a table over bytes: whether a text is JSON, however long and deep it is, and where the values are that
 * stand in the place of a row. (What V8 and libraries offer wants the whole text at once, or as much stack as it is deep.)
 */
const ROOT = 0;
const ELEMENT = 1;
const FIRST_ELEMENT = 2;
const VALUE = 3;
const FIRST_VALUE = 4;
const FIRST_KEY = 5;
const KEY = 6;
const COLON = 7;
const AFTER = 8;
const TEXT = 9;
const NAME = 15;
const MINUS = 21;
const ZERO = 22;
const WHOLE = 23;
const POINT = 24;
const DECIMALS = 25;
const POWER = 26;
const POWER_SIGN = 27;
const POWER_DIGITS = 28;
/** Words follow, a state for each character that is still missing. */
const WORDS = 29;
const STATES = WORDS + 3 + 4 + 3;

/** What is not a mere step to the next state. */
const OPEN_OBJECT = 100;
const OPEN_ARRAY = 101;
const CLOSE_OBJECT = 102;
const CLOSE_ARRAY = 103;
const COMMA = 104;
/** A text, number or word begins in the place of a row. */
const SCALAR = 105;
const ERROR = 255;

const OBJECT = 1;
const ARRAY = 2;
/** Levels of arrays and objects within each other; a byte is kept for each. */
export const MAX_DEPTH = 1 << 20;

const EXPECTED: Record<number, string> = {
  [ROOT]: 'a value',
  [ELEMENT]: 'a value',
  [FIRST_ELEMENT]: 'a value or ]',
  [VALUE]: 'a value',
  [FIRST_VALUE]: 'a value or ]',
  [FIRST_KEY]: 'a key in quotes or }',
  [KEY]: 'a key in quotes',
  [COLON]: ':',
  [MINUS]: 'a digit',
  [POINT]: 'a digit',
  [POWER]: 'a digit or a sign',
  [POWER_SIGN]: 'a digit',
};

const code = (char: string) => char.charCodeAt(0);
const NUMBER_ENDS = new Set([ZERO, WHOLE, DECIMALS, POWER_DIGITS]);

const cells = (() => {
  const table = new Uint8Array(STATES * 256).fill(ERROR);
  const set = (state: number, chars: string, to: number) => {
    for (const char of chars) table[state * 256 + code(char)] = to;
  };
  const blank = (state: number, to = state) => set(state, ' \t\n\r', to);
  const after = (state: number) => {
    blank(state, AFTER);
    set(state, ',', COMMA);
    set(state, ']', CLOSE_ARRAY);
    set(state, '}', CLOSE_OBJECT);
  };
  const string = (state: number, end: number) => {
    const [escape, ...digits] = [1, 2, 3, 4, 5].map((step) => state + step) as [number, ...number[]];
    for (let byte = 0x20; byte < 256; byte++) table[state * 256 + byte] = state;
    set(state, '"', end);
    set(state, '\\', escape);
    set(escape, '"\\/bfnrt', state);
    set(escape, 'u', digits[0] as number);
    digits.forEach((digit, index) => set(digit, '0123456789abcdefABCDEF', digits[index + 1] ?? state));
  };
  string(TEXT, AFTER);
  string(NAME, COLON);
  for (const state of [VALUE, FIRST_VALUE]) {
    set(state, '"', TEXT);
    set(state, '-', MINUS);
    set(state, '0', ZERO);
    set(state, '123456789', WHOLE);
  }
  let next = WORDS;
  for (const word of ['true', 'false', 'null']) {
    for (const state of [VALUE, FIRST_VALUE]) set(state, word[0] as string, next);
    for (const char of word.slice(1, -1)) set(next, char, ++next);
    set(next++, word.at(-1) as string, AFTER);
  }
  for (const state of [ROOT, ELEMENT, FIRST_ELEMENT]) set(state, '"-0123456789tfn', SCALAR);
  for (const state of [ROOT, ELEMENT, FIRST_ELEMENT, VALUE, FIRST_VALUE]) {
    blank(state);
    set(state, '{', OPEN_OBJECT);
    set(state, '[', OPEN_ARRAY);
  }
  for (const state of [FIRST_ELEMENT, FIRST_VALUE]) set(state, ']', CLOSE_ARRAY);
  for (const state of [KEY, FIRST_KEY]) {
    blank(state);
    set(state, '"', NAME);
  }
  set(FIRST_KEY, '}', CLOSE_OBJECT);
  blank(COLON);
  set(COLON, ':', VALUE);
  after(AFTER);
  for (const state of NUMBER_ENDS) after(state);
  set(MINUS, '0', ZERO);
  set(MINUS, '123456789', WHOLE);
  set(WHOLE, '0123456789', WHOLE);
  for (const state of [ZERO, WHOLE]) set(state, '.', POINT);
  set(POINT, '0123456789', DECIMALS);
  set(DECIMALS, '0123456789', DECIMALS);
  for (const state of [ZERO, WHOLE, DECIMALS]) set(state, 'eE', POWER);
  set(POWER, '+-', POWER_SIGN);
  for (const state of [POWER, POWER_SIGN, POWER_DIGITS]) set(state, '0123456789', POWER_DIGITS);
  return table;
})();

/** What a value is that is no row. */
export type Kind = 'an object' | 'an array' | 'a text' | 'a number' | 'true or false' | 'null';
const kindOf = (byte: number): Kind => {
  switch (String.fromCharCode(byte)) {
    case '{':
      return 'an object';
    case '[':
      return 'an array';
    case '"':
      return 'a text';
    case 't':
    case 'f':
      return 'true or false';
    case 'n':
      return 'null';
    default:
      return 'a number';
  }
};

export interface Rows {
  /** A row, which is an object, begins at this index of the bytes. */
  open(index: number): void;
  /** It ends before this index. */
  close(index: number): void;
  /** Something else begins here, within so many arrays, in the place of a row or of the array of rows. */
  other(index: number, kind: Kind, depth: number): void;
}

export interface Grammar {
  /** Begins with another text. */
  begin(): void;
  /** Index of the first byte that is not JSON, or -1. After one there is nothing more to push. */
  push(bytes: Buffer): number;
  /** What is missing at the end; undefined when the text is one complete value. */
  missing(): string | undefined;
  /** In words for a message, what would have been right instead of a byte that was not. */
  expected(): string;
}

/**
 * With rows at level 0 the text itself is one (a line of NDJSON); at level 1 it is an array of them. `inside` begins in
 * that array, before an element.
 */
export function grammar(level: 0 | 1, rows: Rows, inside = false): Grammar {
  let stack = new Uint8Array(64);
  stack[0] = ARRAY;
  let depth = inside ? 1 : 0;
  let state = inside || level === 0 ? ELEMENT : ROOT;
  let tooDeep = false;

  const push = (container: number): boolean => {
    if (depth === MAX_DEPTH) {
      tooDeep = true;
      return false;
    }
    if (depth === stack.length) {
      const grown = new Uint8Array(stack.length * 2);
      grown.set(stack);
      stack = grown;
    }
    stack[depth++] = container;
    return true;
  };
  /** Does what the byte means besides a step; whether it is allowed. */
  const act = (action: number, index: number, byte: number): boolean => {
    switch (action) {
      case SCALAR:
        rows.other(index, kindOf(byte), depth);
        state = cells[VALUE * 256 + byte] as number;
        return true;
      case OPEN_OBJECT:
        if (depth === level) rows.open(index);
        else if (depth < level) rows.other(index, 'an object', depth);
        state = FIRST_KEY;
        return push(OBJECT);
      case OPEN_ARRAY:
        if (depth === level) rows.other(index, 'an array', depth);
        state = depth + 1 === level ? FIRST_ELEMENT : FIRST_VALUE;
        return push(ARRAY);
      case CLOSE_OBJECT:
      case CLOSE_ARRAY: {
        const container = action === CLOSE_OBJECT ? OBJECT : ARRAY;
        if (depth === 0 || stack[depth - 1] !== container) return false;
        depth -= 1;
        state = AFTER;
        if (depth === level && container === OBJECT) rows.close(index + 1);
        return true;
      }
      case COMMA:
        if (depth === 0) return false;
        state = stack[depth - 1] === OBJECT ? KEY : depth <= level ? ELEMENT : VALUE;
        return true;
      default:
        return false;
    }
  };
  const expected = (): string => {
    if (tooDeep) return `at most ${MAX_DEPTH} levels`;
    const known = EXPECTED[state];
    if (known !== undefined) return known;
    if (state >= WORDS) return 'true, false or null';
    if (state === TEXT || state === NAME) return 'a text without line breaks and control characters, closed by "';
    if (state === TEXT + 1 || state === NAME + 1) return 'an escape such as \\n';
    if (state > TEXT && state < MINUS) return 'four hexadecimal digits behind \\u';
    if (depth === 0) return 'nothing more';
    return stack[depth - 1] === OBJECT ? ', or }' : ', or ]';
  };

  return {
    begin() {
      depth = 0;
      state = level === 0 ? ELEMENT : ROOT;
      tooDeep = false;
    },
    push(bytes) {
      const { length } = bytes;
      const table = cells;
      let current = state;
      for (let index = 0; index < length; index++) {
        const byte = bytes[index] as number;
        const next = table[(current << 8) | byte] as number;
        if (next < STATES) {
          current = next;
          continue;
        }
        state = current;
        if (!act(next, index, byte)) return index;
        current = state;
      }
      state = current;
      return -1;
    },
    missing: () => (depth === 0 && (state === AFTER || NUMBER_ENDS.has(state)) ? undefined : expected()),
    expected,
  };
}
