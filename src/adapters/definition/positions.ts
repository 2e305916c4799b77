/** From a path inside a YAML document to the place where it stands. */
import { type Document, isMap, isNode, isPair, type LineCounter } from 'yaml';
import type { Problem } from '../../domain/failure';
import type { SqlProblem } from '../engine';

export interface Place {
  readonly line: number;
  readonly column: number;
}

/** Place of the value at a path; of the last piece that is there when the value is missing. */
export function placeOf(document: Document, lines: LineCounter, path: readonly PropertyKey[], atKey = false): Place {
  for (let length = path.length; length >= 0; length--) {
    const keys = path.slice(0, length);
    if (atKey && length === path.length && length > 0) {
      const parent = length === 1 ? document.contents : document.getIn(keys.slice(0, -1), true);
      if (isMap(parent)) {
        const pair = parent.items.find((item) => isPair(item) && String(item.key) === String(keys.at(-1)));
        const start = pair !== undefined && isNode(pair.key) ? pair.key.range?.[0] : undefined;
        if (start !== undefined) return at(lines, start);
      }
    }
    const node = length === 0 ? document.contents : document.getIn(keys, true);
    if (isNode(node) && node.range) return at(lines, node.range[0]);
  }
  return { line: 1, column: 1 };
}

function at(lines: LineCounter, offset: number): Place {
  const { line, col } = lines.linePos(offset);
  return { line, column: col };
}

/** Line and column, 1-based, of an offset in bytes, as SQL parsers count. */
export function placeInText(text: string, offset: number): Place {
  const before = Buffer.from(text).subarray(0, offset).toString();
  return { line: before.split('\n').length, column: before.length - before.lastIndexOf('\n') };
}

/** A mistake in the SQL of a file, at its place. */
export const inFile = (file: string, text: string, problem: SqlProblem): Problem => ({
  file,
  ...(problem.offset === undefined ? {} : placeInText(text, problem.offset)),
  message: problem.message,
});
