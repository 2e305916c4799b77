/**
 * Random numbers in SQL that are the same on every machine and with every version of the engine: a 32-bit integer mixer
 * in UBIGINT arithmetic, where no product overflows. Draws go by the upper bits, which are the well mixed ones.
 */

export const MACROS: readonly string[] = [
  `CREATE OR REPLACE TEMP MACRO sample_step(x, shift, factor) AS
     ((xor(x, x >> shift) * factor) & 4294967295::UBIGINT)`,
  `CREATE OR REPLACE TEMP MACRO sample_bits(n, key) AS
     sample_step(
       sample_step(xor((n::UBIGINT * 2654435761::UBIGINT) & 4294967295::UBIGINT, key), 16, 2146121005::UBIGINT),
       15, 2221713035::UBIGINT)`,
  'CREATE OR REPLACE TEMP MACRO sample_draw(n, key, below) AS ((sample_bits(n, key) * below::UBIGINT) >> 32)::BIGINT',
];

/** FNV-1a over the text, 32 bits: what makes one purpose's numbers differ from another's. */
function keyOf(text: string): number {
  let hash = 0x811c9dc5;
  for (const character of text) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  return hash >>> 0;
}

export interface Numbers {
  /** SQL of a whole number in [0, below), a different one for each value of `n` and each purpose. */
  draw(n: string, purpose: string, below: number | string): string;
  /** SQL of a condition that holds for the given share of all `n`. */
  chance(n: string, purpose: string, share: number): string;
}

export function numbersOf(seed: number): Numbers {
  const key = (purpose: string) => `${keyOf(`${seed}:${purpose}`)}::UBIGINT`;
  return {
    draw: (n, purpose, below) => `sample_draw(${n}, ${key(purpose)}, ${below})`,
    chance: (n, purpose, share) =>
      `(sample_bits(${n}, ${key(purpose)}) < ${Math.min(Math.floor(share * 2 ** 32), 2 ** 32)}::UBIGINT)`,
  };
}

/** `['a', 'b'][1 + n]`, for picking from a list by a drawn number. */
export const pick = (values: readonly (string | number)[], index: string): string =>
  `[${values.map((value) => (typeof value === 'number' ? value : `'${value.replaceAll("'", "''")}'`)).join(', ')}][1 + ${index}]`;
