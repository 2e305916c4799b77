/** A text of YAML: what it holds, where its pieces stand, and its mistakes of syntax. */
import { type Document, isAlias, isMap, isScalar, LineCounter, parseDocument, visit, type YAMLError } from 'yaml';
import { type Place, placeInText, placeOf } from './positions';

/** Without a place where the mistake is the whole text. */
export interface YamlMistake extends Partial<Place> {
  readonly message: string;
}

export interface YamlText {
  /** `undefined` where nobody can say; of a key that is there twice, the last value. */
  readonly content: unknown;
  readonly mistakes: readonly YamlMistake[];
  /** Keys of a map in the order in which they are written. */
  readonly keys: (path: readonly PropertyKey[]) => readonly string[];
  /** Place of a value, or of its key. */
  readonly place: (path: readonly PropertyKey[], atKey?: boolean) => Place;
  /**
   * Place of an offset in bytes within a text, counted behind the blanks that it begins with; of the text itself where
   * its lines are folded or escaped.
   */
  readonly placeWithin: (path: readonly PropertyKey[], offset: number) => Place;
}

const WORDS: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: 'a tab is no indentation; write spaces',
  DUPLICATE_KEY: 'this key is there twice',
};

/** Nothing behind a mistake of syntax can be trusted, so only the first one is told; keys that come twice are no such. */
export function syntaxMistakes(errors: readonly YAMLError[], lines: LineCounter): YamlMistake[] {
  const first = errors.findIndex(({ code }) => code !== 'DUPLICATE_KEY');
  return errors.slice(0, first === -1 ? errors.length : first + 1).map(({ code, message, pos }) => {
    const { line, col } = lines.linePos(pos[0]);
    return { line, column: col, message: WORDS[code] ?? message.split('\n')[0] ?? '' };
  });
}

function placeWithin(
  document: Document,
  lines: LineCounter,
  yaml: string,
  path: readonly PropertyKey[],
  offset: number,
) {
  const start = placeOf(document, lines, path);
  const node = document.getIn(path, true);
  if (!isScalar(node) || typeof node.value !== 'string' || !node.range) return start;
  const blanks = node.value.length - node.value.trimStart().length;
  const at = placeInText(node.value, blanks + offset);
  if (node.type === 'BLOCK_LITERAL') {
    // The text is the file's without its indentation, from the line after its mark on.
    const line = start.line + at.line;
    const indented = (yaml.split('\n')[line - 1] ?? '').replace(/\r$/, '');
    const own = node.value.split('\n')[at.line - 1] ?? '';
    return { line, column: indented.length - own.length + at.column };
  }
  const written = yaml.slice(node.range[0], node.range[1]).indexOf(node.value);
  return written === -1 || at.line > 1 ? start : { line: start.line, column: start.column + written + at.column - 1 };
}

function parse(yaml: string): YamlText {
  const lines = new LineCounter();
  // Pretty errors would say their place once more, in a header even another one than the file's.
  const document = parseDocument(yaml, { lineCounter: lines, prettyErrors: false });
  const keys = (path: readonly PropertyKey[]) => {
    const node = document.getIn(path, true);
    const map = isAlias(node) ? node.resolve(document) : node;
    return isMap(map) ? map.items.map(({ key }) => String(key)) : [];
  };
  const places = {
    keys,
    place: (path: readonly PropertyKey[], atKey = false) => placeOf(document, lines, path, atKey),
    placeWithin: (path: readonly PropertyKey[], offset: number) => placeWithin(document, lines, yaml, path, offset),
  };
  visit(document, {
    Scalar: (key, node) => {
      // A name that looks like a number or a day is that text.
      if (key === 'key' && node.type === 'PLAIN') node.value = node.source ?? node.value;
    },
  });
  const mistakes = syntaxMistakes(document.errors, lines);
  const isUnderstood = document.errors.every(({ code }) => code === 'DUPLICATE_KEY');
  if (!isUnderstood) return { content: undefined, mistakes, ...places };
  try {
    return { content: document.toJS(), mistakes, ...places };
  } catch (error) {
    // An alias without an anchor, or so many that the document would never end.
    const message = error instanceof Error ? error.message : String(error);
    return { content: undefined, mistakes: [...mistakes, { message }], ...places };
  }
}

/** A worker reads the same declaration every night, and several times. */
const KEPT = 8;
const known = new Map<string, YamlText>();

/** Parsed once, for whoever only reads it. */
export function readYaml(yaml: string): YamlText {
  const parsed = known.get(yaml) ?? parse(yaml);
  known.set(yaml, parsed);
  const oldest = known.keys().next().value;
  if (known.size > KEPT && oldest !== undefined) known.delete(oldest);
  return parsed;
}
