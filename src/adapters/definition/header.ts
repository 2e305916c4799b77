/** The header of a model: leading `--` comment lines that, without the dashes, are YAML; any other comment is prose. */
import { type ModelHeader, modelHeaderSchema } from '../../domain/definition';
import type { Problem } from '../../domain/failure';
import { didYouMean, placedIssues } from './issues';
import type { Place } from './positions';
import { readYaml } from './yaml';

export interface ParsedHeader {
  readonly header: ModelHeader;
  readonly problems: readonly Problem[];
  /** Place of one of its keys, or of a value. */
  readonly place: (path: readonly PropertyKey[], atKey?: boolean) => Place;
}

/** Of a header with mistakes: that the model is not published must not be said of one that was meant to be. */
const IN_DOUBT: ModelHeader = { publish: true };
const DASHES = 3;

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
  if (!isHeader(comment)) return { header: { publish: false }, problems: [], place: () => ({ line: 1, column: 1 }) };
  const yaml = readYaml(comment.map((line) => line.replace(PREFIX, '')).join('\n'));
  const place: ParsedHeader['place'] = (path, atKey) => {
    const { line, column } = yaml.place(path, atKey);
    return { line, column: column + DASHES };
  };
  if (yaml.mistakes.length > 0) {
    const problems = yaml.mistakes.map(({ line = 1, column = 1, message }) => ({
      ...{ file, line, column: column + DASHES },
      message: `the header is not YAML: ${message}`,
    }));
    return { header: IN_DOUBT, problems, place };
  }
  const parsed = modelHeaderSchema.safeParse(yaml.content);
  if (parsed.success) return { header: parsed.data, problems: [], place };
  const problems = placedIssues(parsed.error, yaml.content, KEYS).map(({ path, atKey, message }) => ({
    ...{ file, ...place(path, atKey) },
    message: `${path.join('.') || 'the header'}: ${message}`,
  }));
  return { header: IN_DOUBT, problems, place };
}
