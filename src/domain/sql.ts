/** SQL as text: names, values and types. Values of users travel as variables; these are for our own. */

/** `a "b"` → `"a ""b"""` */
export const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** `it's` → `'it''s'` */
export const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** `["a", "b"]` → `"a", "b"` */
export const identifiers = (names: readonly string[]): string => names.map(identifier).join(', ');

/** The table of the live edition that a model's is compared with; with a blank, as no table of a pipeline has. */
export const liveName = (table: string): string => `live ${table}`;

/** Whether values of a type, as the engine names it, are numbers; a list of numbers is none. */
export const isNumeric = (type: string): boolean =>
  /^(U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER|BIGNUM|FLOAT|DOUBLE|DECIMAL\(\d+,\s?\d+\))$/.test(type);

/** Whether two tables have the same key in a row, NULL among its values. */
export const sameKey = (key: readonly string[], one: string, other: string): string =>
  key.map((name) => `${one}.${identifier(name)} IS NOT DISTINCT FROM ${other}.${identifier(name)}`).join(' AND ');

/** What changed in a table between two runs; with a blank, as no table of a pipeline has. */
export const changedName = (table: string): string => `changed ${table}`;

/** Strings, quoted names and comments of SQL as a whole, else one character at a time. */
const TOKEN =
  /[eE]'(?:\\.|''|[^'\\])*'|'(?:''|[^'])*'|"(?:""|[^"])*"|--[^\n]*|\/\*[\s\S]*?\*\/|\$(\w*)\$[\s\S]*?\$\1\$|\w+|[\s\S]/g;

/** One statement without the semicolon at its end, so that it can stand in parentheses; places stay, comments too. */
export function withoutSemicolon(sql: string): string {
  let last: { text: string; at: number } | undefined;
  for (const { 0: text, index: at } of sql.matchAll(TOKEN)) {
    if (/^(\s|--|\/\*)/.test(text)) continue;
    if (text !== ';' || last?.text !== ';') last = { text, at };
  }
  if (last?.text !== ';') return sql;
  const rest = sql.slice(last.at).replaceAll(TOKEN, (text) => (text === ';' ? ' ' : text));
  return sql.slice(0, last.at) + rest;
}
