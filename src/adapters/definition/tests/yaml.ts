/** A file of tests as a document: every scalar is its own text, so that no digit is lost, and each has a place. */
import { type Document, isScalar, LineCounter, parseDocument, visit } from 'yaml';
import type { Problem } from '../../../domain/failure';
import { plainValue, rowBlock } from '../../../domain/row-block';
import { type Place, placeOf } from '../positions';
import { syntaxMistakes, type YamlMistake } from '../yaml';

export interface TestDocument {
  readonly content: unknown;
  readonly problems: readonly Problem[];
  /** Place of a value, also of one in a block of rows, or of its key. */
  readonly place: (path: readonly PropertyKey[], atKey?: boolean) => Place;
}

export function parseTestDocument(file: string, text: string): TestDocument {
  const counter = new LineCounter();
  const document = parseDocument(text, { schema: 'failsafe', lineCounter: counter, prettyErrors: false });
  visit(document, {
    Scalar: (key, node) => {
      if (key !== 'key' && node.type === 'PLAIN') node.value = plainValue(node.source ?? '');
    },
  });
  const place = (path: readonly PropertyKey[], atKey = false) =>
    placeInBlock(document, counter, text, path, atKey) ?? placeOf(document, counter, path, atKey);
  const notYaml = ({ line = 1, column = 1, message }: YamlMistake): Problem => ({
    ...{ file, line, column },
    message: `not YAML: ${message}`,
  });
  const mistakes = syntaxMistakes(document.errors, counter);
  if (mistakes.length > 0) return { content: undefined, problems: mistakes.map(notYaml), place };
  try {
    return { content: document.toJS(), problems: [], place };
  } catch (thrown) {
    // An alias without an anchor, or so many that the document would never end.
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    return { content: undefined, problems: [notYaml({ message })], place };
  }
}

/** Place of `[…, row, column]` where the rows are a block of text. */
function placeInBlock(
  document: Document,
  counter: LineCounter,
  text: string,
  path: readonly PropertyKey[],
  atKey: boolean,
): Place | undefined {
  for (let length = path.length - 1; length > 0; length--) {
    const node = document.getIn(path.slice(0, length), true);
    if (!isScalar(node) || node.type !== 'BLOCK_LITERAL') continue;
    const [row, name] = path.slice(length);
    const { columns, rows } = rowBlock(String(node.value));
    const found = rows[Number(row)];
    const index = columns.findIndex((column) => column.name === name);
    const cell = atKey ? columns[index] : found?.cells[Math.max(index, 0)];
    const line = cell?.line ?? found?.line ?? 0;
    // The block's text is the file's without its indentation, from the line after its mark on.
    const inFile = counter.linePos(node.range?.[0] ?? 0).line + 1 + line;
    const indented = (text.split('\n')[inFile - 1] ?? '').replace(/\r$/, '');
    const indent = indented.length - (String(node.value).split('\n')[line] ?? '').length;
    return { line: inFile, column: indent + (cell?.at ?? 0) + 1 };
  }
  return undefined;
}
