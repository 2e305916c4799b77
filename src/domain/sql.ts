/** Putting names and values into SQL text. Values of users travel as variables; these are for our own. */

/** `a "b"` → `"a ""b"""` */
export const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** `it's` → `'it''s'` */
export const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** `["a", "b"]` → `"a", "b"` */
export const identifiers = (names: readonly string[]): string => names.map(identifier).join(', ');
