/** The header of a model: leading `--` comment lines that, without the dashes, are YAML; any other comment is prose. */
import { LineCounter, parseDocument } from 'yaml';
import { type ModelHeader, modelHeaderSchema } from '../../domain/definition';
import type { Problem } from '../../domain/failure';
import { didYouMean, placedIssues } from './issues';
import { placeOf } from './positions';

export interface ParsedHeader {
  readonly header: ModelHeader;
  readonly problems: readonly Problem[];
}

const PREFIX = /^--( |$)/;
const KEYS = Object.keys(modelHeaderSchema.shape);

/** A comment is meant as a header when one of its lines begins with a key, or with what may have been meant as one. */
const isHeader = (comment: readonly string[]) =>
  comment.some((line) => {
    const word = /^-- ([a-z_]+):/i.exec(line)?.[1];
    return word !== undefined && (KEYS.includes(word) || didYouMean(word, KEYS) !== '');
  });

/** Parses the header of a model's file; lines and columns are those of the file. */
export function parseHeader(file: string, text: string): ParsedHeader {
  const lines = text.split(/\r?\n/);
  const end = lines.findIndex((line) => !PREFIX.test(line));
  const comment = lines.slice(0, end === -1 ? lines.length : end);
  const empty: ModelHeader = { publish: false };
  if (!isHeader(comment)) return { header: empty, problems: [] };
  const counter = new LineCounter();
  const document = parseDocument(comment.map((line) => line.replace(PREFIX, '')).join('\n'), {
    lineCounter: counter,
    // They would say where in the comment's text, which is another place than in the file.
    prettyErrors: false,
  });
  const dashes = 3;
  if (document.errors.length > 0) {
    const problems = document.errors.map((error) => {
      const { line, col } = counter.linePos(error.pos[0]);
      return { file, line, column: col + dashes, message: `the header is not YAML: ${error.message.split('\n')[0]}` };
    });
    return { header: empty, problems };
  }
  let content: unknown;
  try {
    content = document.toJS();
  } catch (error) {
    const message = `the header is not YAML: ${error instanceof Error ? error.message : String(error)}`;
    return { header: empty, problems: [{ file, line: 1, column: 1 + dashes, message }] };
  }
  const parsed = modelHeaderSchema.safeParse(content);
  if (parsed.success) return { header: parsed.data, problems: [] };
  const problems = placedIssues(parsed.error, content, KEYS).map((issue) => {
    const { line, column } = placeOf(document, counter, issue.path, issue.atKey);
    return { file, line, column: column + dashes, message: `${issue.path.join('.')}: ${issue.message}` };
  });
  return { header: empty, problems };
}
