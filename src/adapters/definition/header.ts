/** The header of a model: leading `--` comment lines that, without the dashes, are YAML. */
import { isMap, LineCounter, parseDocument } from 'yaml';
import { type ModelHeader, modelHeaderSchema } from '../../domain/definition';
import type { Problem } from '../../domain/failure';
import { placedIssues } from './issues';
import { placeOf } from './positions';

export interface ParsedHeader {
  readonly header: ModelHeader;
  readonly problems: readonly Problem[];
}

const PREFIX = /^--( |$)/;

/** Parses the header of a model's file; lines and columns are those of the file. */
export function parseHeader(file: string, text: string): ParsedHeader {
  const lines = text.split('\n');
  const end = lines.findIndex((line) => !PREFIX.test(line));
  const comment = lines.slice(0, end === -1 ? lines.length : end);
  const empty: ModelHeader = { publish: false };
  if (comment.length === 0) return { header: empty, problems: [] };
  const counter = new LineCounter();
  const document = parseDocument(comment.map((line) => line.replace(PREFIX, '')).join('\n'), { lineCounter: counter });
  // Free comments are no header: only a mapping is.
  if (document.errors.length === 0 && !isMap(document.contents)) return { header: empty, problems: [] };
  const dashes = 3;
  if (document.errors.length > 0) {
    const problems = document.errors.map((error) => {
      const { line, col } = counter.linePos(error.pos[0]);
      return { file, line, column: col + dashes, message: `the header is not YAML: ${error.message.split('\n')[0]}` };
    });
    return { header: empty, problems };
  }
  const content: unknown = document.toJS();
  const parsed = modelHeaderSchema.safeParse(content);
  if (parsed.success) return { header: parsed.data, problems: [] };
  const problems = placedIssues(parsed.error, content, Object.keys(modelHeaderSchema.shape)).map((issue) => {
    const { line, column } = placeOf(document, counter, issue.path, issue.atKey);
    return { file, line, column: column + dashes, message: `${issue.path.join('.')}: ${issue.message}` };
  });
  return { header: empty, problems };
}
