/**
 * What a value of each type may look like, as small state machines over characters. Nothing is guessed and nothing is
 * rounded, so a text that passes means one value: no blanks around it, no `1e3` or `1.0` as a BIGINT, no more decimals
 * than the type has, days and times that exist, an offset where the type needs one and none where it has none.
 *
 * A state is a text; `step` gives the next one or undefined. `decided` texts are ones that the engine can be trusted
 * with: it either takes exactly this value or refuses loudly.
 */
type State = string;
interface Machine {
  readonly start: State;
  step(state: State, char: string): State | undefined;
  done(state: State): boolean;
}

const isDigit = (char: string) => char >= '0' && char <= '9';

/** A sign and up to so many digits; the engine refuses what is out of the type's range. */
const integer = (digits: number): Machine => ({
  start: 's',
  step(state, char) {
    if (state === 's' && (char === '-' || char === '+')) return '0';
    const count = state === 's' ? 0 : Number(state);
    return isDigit(char) && count < digits ? String(count + 1) : undefined;
  },
  done: (state) => state !== 's' && state !== '0',
});

/** `-12.50`; states: sign, then `i<digits that count>`, `f<decimals>` or `.` (a point without a digit before it). */
const decimal = (precision: number, scale: number): Machine => ({
  start: 's',
  step(state, char) {
    if (state === 's' && (char === '-' || char === '+')) return '+';
    const kind = state[0] ?? '';
    const count = Number(state.slice(1));
    if (char === '.') return kind === 's' || kind === '+' ? '.' : kind === 'i' ? 'f0' : undefined;
    if (!isDigit(char)) return undefined;
    if (kind === '.') return scale > 0 ? 'f1' : undefined;
    if (kind === 'f') return count < scale ? `f${count + 1}` : undefined;
    const before = kind === 'i' ? count : 0;
    if (char === '0' && before === 0) return 'i0';
    return before < precision - scale ? `i${before + 1}` : undefined;
  },
  done: (state) => /^[if]/.test(state),
});

/** `1.5e-3`; so many digits, and so many of the exponent, do not reach the end of the range together: it is finite. */
const binary = (digits: number, exponent: number): Machine => ({
  start: 's',
  step(state, char) {
    const kind = state[0] ?? '';
    const count = Number(state.slice(1));
    if (isDigit(char)) {
      if (kind === 's' || kind === '+') return 'i1';
      if (kind === 'i') return count < digits ? `i${count + 1}` : undefined;
      if (kind === '.' || kind === 'f') return 'f';
      if (kind === 'e' || kind === 'E') return 'x1';
      return kind === 'x' && count < exponent ? `x${count + 1}` : undefined;
    }
    if (char === '+' || char === '-') return kind === 's' ? '+' : kind === 'e' ? 'E' : undefined;
    if (char === '.') return kind === 's' || kind === '+' ? '.' : kind === 'i' ? 'f' : undefined;
    return (char === 'e' || char === 'E') && (kind === 'i' || kind === 'f') ? 'e' : undefined;
  },
  done: (state) => /^[ifx]/.test(state),
});

export const BOOLEANS = ['true', 'false', 'TRUE', 'FALSE', 'True', 'False', 't', 'f', 'T', 'F', '1', '0'];
const boolean: Machine = {
  start: '',
  step: (state, char) => (BOOLEANS.some((word) => word.startsWith(state + char)) ? state + char : undefined),
  done: (state) => BOOLEANS.includes(state),
};

/** Ten characters `2026-08-31`, years 0001 to 9999; the state carries only what later characters depend on. */
function dateStep(state: State, char: string): State | undefined {
  const [phase = '', first = '', second = ''] = state.split(':');
  if (phase === 'y4' || phase === 'm2') {
    if (char !== '-') return undefined;
    return phase === 'y4' ? `-m:${first}` : `-d:${first}`;
  }
  if (!isDigit(char)) return undefined;
  const digit = Number(char);
  switch (phase) {
    case '':
      return `y1:${digit}`;
    case 'y1': {
      const century = Number(first) * 10 + digit;
      return `y2:${century === 0 ? 'zero' : century % 4 === 0 ? 'leap' : 'plain'}`;
    }
    case 'y2':
      return `y3:${first}:${digit === 0 ? 'zero' : digit % 2}`;
    case 'y3': {
      const none = second === 'zero' && digit === 0;
      if (none && first === 'zero') return undefined;
      const tens = second === 'zero' ? 0 : Number(second);
      return `y4:${none ? first === 'leap' : (tens * 2 + digit) % 4 === 0}`;
    }
    case '-m':
      return digit <= 1 ? `m1:${first}:${digit}` : undefined;
    case 'm1': {
      const month = Number(second) * 10 + digit;
      if (month < 1 || month > 12) return undefined;
      return `m2:${month === 2 ? (first === 'true' ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31}`;
    }
    case '-d':
      return digit <= 3 ? `d1:${first}:${digit}` : undefined;
    case 'd1': {
      const day = Number(second) * 10 + digit;
      return day >= 1 && day <= Number(first) ? 'day' : undefined;
    }
    default:
      return undefined;
  }
}
const date: Machine = { start: '', step: dateStep, done: (state) => state === 'day' };

/** `10:20:30.123456` behind a T or a blank; up to six decimals. */
function timeStep(state: State, char: string): State | undefined {
  if (state === 'day') return char === 'T' || char === ' ' ? 'H' : undefined;
  if (state === 'HH' || state === 'MM') return char === ':' ? (state === 'HH' ? 'M' : 'S') : undefined;
  if (state === 'SS') return char === '.' ? 'p0' : undefined;
  if (!isDigit(char)) return undefined;
  switch (state[0]) {
    case 'H':
      if (state === 'H') return char <= '1' ? 'H1' : char === '2' ? 'H2' : undefined;
      return state === 'H1' || char <= '3' ? 'HH' : undefined;
    case 'M':
    case 'S':
      if (state.length === 1) return char <= '5' ? `${state}1` : undefined;
      return state[0] === 'M' ? 'MM' : 'SS';
    case 'p':
      return state < 'p6' ? `p${Number(state[1]) + 1}` : undefined;
    default:
      return undefined;
  }
}
const timestampStep = (state: State, char: string) => timeStep(state, char) ?? dateStep(state, char);
const timeDone = (state: State) => state === 'SS' || /^p[1-6]$/.test(state);
const timestamp: Machine = { start: '', step: timestampStep, done: timeDone };

/** Behind the time: `Z`, `+02`, `+0200`, `+02:00` (up to 14:59), ` UTC`. */
function offsetStep(state: State, char: string): State | undefined {
  if (timeDone(state)) {
    if (char === 'Z') return 'zone';
    if (char === '+' || char === '-') return 'o';
    if (char === ' ') return 'u';
  }
  if (state === 'u') return char === 'U' ? 'uU' : undefined;
  if (state === 'uU') return char === 'T' ? 'uUT' : undefined;
  if (state === 'uUT') return char === 'C' ? 'zone' : undefined;
  if (state === 'oHH' && char === ':') return 'o:';
  if (!state.startsWith('o') || !isDigit(char)) return undefined;
  if (state === 'o') return char === '0' ? 'o0' : char === '1' ? 'o1' : undefined;
  if (state === 'o0' || (state === 'o1' && char <= '4')) return 'oHH';
  if (state === 'oHH' || state === 'o:') return char <= '5' ? 'oM' : undefined;
  return state === 'oM' ? 'zone' : undefined;
}
const timestamptz: Machine = {
  start: '',
  step: (state, char) => offsetStep(state, char) ?? timestampStep(state, char),
  done: (state) => state === 'zone' || state === 'oHH',
};

function machine(type: string): Machine {
  const [, precision, scale] = /^DECIMAL\((\d+),\s?(\d+)\)$/.exec(type) ?? [];
  if (precision !== undefined) return decimal(Number(precision), Number(scale));
  switch (type) {
    case 'BIGINT':
      return integer(19);
    case 'INTEGER':
      return integer(10);
    case 'SMALLINT':
      return integer(5);
    case 'DOUBLE':
      return binary(40, 2);
    case 'FLOAT':
      return binary(28, 1);
    case 'BOOLEAN':
      return boolean;
    case 'DATE':
      return date;
    case 'TIMESTAMP':
      return timestamp;
    case 'TIMESTAMPTZ':
      return timestamptz;
    default:
      throw new Error(`no lexer for ${type}`);
  }
}

/** A machine with numbered states: `next[state][byte]` is a state or -1; 0 is the start. */
export interface Lexer {
  readonly next: readonly Int16Array[];
  readonly done: readonly boolean[];
}

const lexers = new Map<string, Lexer>();

export function lexer(type: string): Lexer {
  const known = lexers.get(type);
  if (known !== undefined) return known;
  const { start, step, done } = machine(type);
  const states = [start];
  const next: Int16Array[] = [];
  for (let index = 0; index < states.length; index++) {
    const row = new Int16Array(256).fill(-1);
    for (let byte = 32; byte < 127; byte++) {
      const to = step(states[index] ?? '', String.fromCharCode(byte));
      if (to === undefined) continue;
      if (!states.includes(to)) states.push(to);
      row[byte] = states.indexOf(to);
    }
    next.push(row);
  }
  const made = { next, done: states.map(done) };
  lexers.set(type, made);
  return made;
}

/** Whether a text has the type's form. */
export function lexes(type: string, text: string): boolean {
  const { next, done } = lexer(type);
  let state = 0;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    state = code < 256 ? (next[state]?.[code] ?? -1) : -1;
    if (state < 0) return false;
  }
  return done[state] ?? false;
}
