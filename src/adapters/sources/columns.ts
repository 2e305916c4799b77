/** Whether a file's columns are the declared ones, and in which words they are not. */
import { distance } from 'fastest-levenshtein';

/** The closest of some names, when it is close enough to be meant. */
export function meant(name: string, among: readonly string[]): string | undefined {
  const [best] = among
    .map((candidate) => ({ candidate, away: distance(name.toLowerCase(), candidate.toLowerCase()) }))
    .filter(
      ({ candidate, away }) =>
        away <= Math.max(2, candidate.length / 3) && away < Math.min(name.length, candidate.length),
    )
    .sort((left, right) => left.away - right.away);
  return best?.candidate;
}

/** What distinguishes the columns that are there from the declared ones; undefined when nothing does. */
export function columnDifferences(got: readonly string[], declared: readonly string[]): string | undefined {
  if (got.length === declared.length && got.every((name, index) => name === declared[index])) return undefined;
  const missing = declared.filter((name) => !got.includes(name));
  const unexpected = got.filter((name) => !declared.includes(name));
  const doubled = got.filter((name, index) => got.indexOf(name) !== index);
  const pieces: string[] = [];
  const explained = new Set<string>();
  for (const name of unexpected) {
    const near = meant(
      name,
      missing.filter((other) => !explained.has(other)),
    );
    if (near !== undefined) explained.add(near);
    pieces.push(`unexpected column ${JSON.stringify(name)}${near === undefined ? '' : ` (did you mean "${near}"?)`}`);
  }
  for (const name of missing) if (!explained.has(name)) pieces.push(`missing column "${name}"`);
  // One for one, at the same place as like as not: no other explanation is nearer.
  const [was, is] = [missing[0] ?? '', unexpected[0] ?? ''];
  if (missing.length === 1 && unexpected.length === 1 && explained.size === 0)
    pieces.splice(
      0,
      2,
      `column "${was}" is missing, and ${JSON.stringify(is)} is there, which nobody declared: was it renamed?`,
    );
  for (const name of new Set(doubled)) pieces.push(`column ${JSON.stringify(name)} is there twice`);
  if (pieces.length === 0) pieces.push(`the columns are in another order: ${got.join(', ')}`);
  const most = 10;
  return pieces.slice(0, most).join(', ') + (pieces.length > most ? `, and ${pieces.length - most} more` : '');
}

/** Types of a file that hold nothing which the declared type does not hold as well. */
const WIDENS: Record<string, readonly string[]> = {
  SMALLINT: ['TINYINT', 'UTINYINT'],
  INTEGER: ['SMALLINT', 'TINYINT', 'USMALLINT', 'UTINYINT'],
  BIGINT: ['INTEGER', 'SMALLINT', 'TINYINT', 'UINTEGER', 'USMALLINT', 'UTINYINT'],
  TIMESTAMP: ['TIMESTAMP_S', 'TIMESTAMP_MS', 'TIMESTAMP_NS'],
  TIMESTAMPTZ: ['TIMESTAMP WITH TIME ZONE'],
};
/** Whether a column of this type may be read as the declared one. */
export function fits(type: string, declared: string): boolean {
  const decimal = /^DECIMAL\((\d+),\s?(\d+)\)$/;
  const want = decimal.exec(declared);
  if (want === null) return type === declared || (WIDENS[declared]?.includes(type) ?? false);
  const got = decimal.exec(type);
  if (got === null) return false;
  const [precision, scale] = [Number(want[1]), Number(want[2])];
  return Number(got[2]) <= scale && Number(got[1]) - Number(got[2]) <= precision - scale;
}
