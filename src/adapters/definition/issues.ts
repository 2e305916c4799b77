/** zod's issues in our words: what was expected, what is there, and what was probably meant. */
import { closest, distance } from 'fastest-levenshtein';
import type { z } from 'zod';
import { ENVIRONMENT_REFERENCE } from '../../domain/environment';

export interface PlacedIssue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
  /** The mistake is the key itself, not its value. */
  readonly atKey?: boolean;
}

/** `; did you mean csv?`, or nothing when no candidate is near. */
export function didYouMean(word: string, candidates: readonly string[]): string {
  if (candidates.length === 0) return '';
  const nearest = closest(word, candidates);
  return distance(word, nearest) <= Math.max(2, Math.floor(nearest.length / 3)) ? `; did you mean ${nearest}?` : '';
}

/** `there is no table ordrs; did you mean orders?` */
export const noSuch = (kind: string, name: string, known: readonly string[]): string =>
  `there is no ${kind} ${name}${didYouMean(name, known)}`;

const alternatives = (words: readonly string[]) =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;

/** What zod calls by the names of JavaScript. */
function kind(expected: string, value: unknown): string {
  if (expected === 'record') return 'names with a value each';
  if (expected !== 'array') return expected;
  return typeof value === 'string' ? `a list such as [${value}]` : 'a list';
}

/** A value as it is written, cut short; `nothing` when there is none. */
function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

function valueAt(document: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (node, key) => (node as Record<PropertyKey, unknown> | null | undefined)?.[key],
    document,
  );
}

/** What a schema says of a value that is of another kind, where it has words of its own. */
const ownWords = ({ message }: z.core.$ZodIssue): string | undefined =>
  message.startsWith('Invalid input') ? undefined : message;

/** What is wrong with a value as the only one of several alternatives that is of its kind. */
function alternative({ path, errors }: z.core.$ZodIssueInvalidUnion): z.core.$ZodIssue[] | undefined {
  const meant = errors.filter((issues) => !issues.some((one) => one.path.length === 0 && one.code === 'invalid_type'));
  return meant.length === 1 ? meant[0]?.map((one) => ({ ...one, path: [...path, ...one.path] })) : undefined;
}

/** All issues of a document, each with its path. `keys` are the words a mistyped key may have meant. */
export function placedIssues(error: z.ZodError, document: unknown, keys: readonly string[]): PlacedIssue[] {
  const oneOf = (path: readonly PropertyKey[], value: unknown, words: readonly string[]): PlacedIssue => {
    const guess = typeof value === 'string' ? didYouMean(value, words) : '';
    return { path, message: `expected ${alternatives(words)}, got ${shown(value)}${guess}` };
  };
  const placed = (issue: z.core.$ZodIssue): PlacedIssue[] => {
    const { path } = issue;
    const value = valueAt(document, path);
    switch (issue.code) {
      case 'unrecognized_keys':
        return issue.keys.map((key) => ({
          path: [...path, key],
          message: `unknown key${didYouMean(key, keys)}`,
          atKey: true,
        }));
      case 'invalid_union':
        if ('options' in issue && Array.isArray(issue.options)) return [oneOf(path, value, issue.options.map(String))];
        return (
          alternative(issue)?.flatMap(placed) ?? [
            { path, message: `expected another kind of value, got ${shown(value)}` },
          ]
        );
      case 'invalid_value':
        return [oneOf(path, value, issue.values.map(String))];
      case 'invalid_type':
        if (value === undefined) return [{ path, message: `is missing; expected ${kind(issue.expected, value)}` }];
        return [
          { path, message: `${ownWords(issue) ?? `expected ${kind(issue.expected, value)}`}, got ${shown(value)}` },
        ];
      case 'invalid_format':
        if (issue.format === 'date')
          return [{ path, message: `expected a day such as 2026-08-31, got ${shown(value)}` }];
        // What stands where a secret is referred to may be the secret.
        if (issue.pattern === String(ENVIRONMENT_REFERENCE)) return [{ path, message: issue.message }];
        return [{ path, message: `${issue.message}, got ${shown(value)}` }];
      case 'invalid_key':
        return [{ path, message: issue.issues[0]?.message ?? 'a name that cannot be used', atKey: true }];
      default: {
        const bare = value === undefined || (issue.code === 'custom' && issue.params?.bare);
        return [{ path, message: `${issue.message}${bare ? '' : `, got ${shown(value)}`}` }];
      }
    }
  };
  return error.issues.flatMap(placed);
}
