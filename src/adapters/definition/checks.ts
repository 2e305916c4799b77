/** The declared checks, and those that a model's key implies. */
import type { Check, Definition } from '../../domain/definition';
import type { Problem } from '../../domain/failure';
import type { Column } from '../../domain/receipt';
import { type Declaration, inDeclaration } from './declaration';
import { noSuch } from './issues';
import { noColumn } from './names';
import { declaredSources, type Draft } from './statements';

type Path = readonly (string | number)[];

export interface NamedCheck {
  readonly check: Check;
  readonly subject: string;
  /** It is about a source, before there is any model. */
  readonly source: boolean;
  /** Where it is declared, such as `checks.3`. */
  readonly path: Path;
  /** A mistake in it, at the key that `path` leads to from the check. */
  readonly at: (path: Path, message: string) => Problem;
}

/** Columns that a check names and the tables do not have, of the tables whose columns are known. */
export function unknownColumns(
  { check, subject, at }: NamedCheck,
  tables: ReadonlyMap<string, readonly Column[]>,
): Problem[] {
  const lacking = (table: string, names: readonly string[], path: (index: number) => Path) =>
    names.flatMap((name, index) => {
      const message = noColumn(name, tables.get(table), table);
      return message === undefined ? [] : [at(path(index), message)];
    });
  const own =
    'columns' in check
      ? lacking(subject, check.columns, (index) => ['columns', index])
      : 'column' in check
        ? lacking(subject, [check.column], () => ['column'])
        : [];
  if (check.type !== 'references') return own;
  const key = check.to_columns === undefined ? 'columns' : 'to_columns';
  return [...own, ...lacking(check.to, check.to_columns ?? check.columns, (index) => [key, index])];
}

/** The key of a check that holds the SQL which a mistake is in, as far as that can be told. */
export function sqlKey(check: Check, message: string): Path {
  if (check.type === 'expression' || check.type === 'sql') return [check.type];
  if (check.type !== 'reconcile') return [];
  const name = /"([^"]+)"/.exec(message)?.[1];
  const sides = (['left', 'right'] as const).filter((side) => name !== undefined && check[side].includes(name));
  return sides.length === 1 ? sides : [];
}

/** Every check with its subject and its place; those on a table need one that exists. Keys count of `ordered` models. */
export function namedChecks(
  definition: Definition,
  models: readonly Draft[],
  ordered: readonly Draft[],
  declaration: Declaration,
  problems: Problem[],
): NamedCheck[] {
  const modelNames = models.map(({ name }) => name);
  const published = models.filter(({ header }) => header.publish).map(({ name }) => name);
  const found: NamedCheck[] = [];
  const sourceNames = declaredSources(declaration);
  const add = (check: Check, subject: string, source: boolean, path: (string | number)[]) => {
    // Sources are judged before there is any model.
    const tables = source ? sourceNames : [...sourceNames, ...modelNames];
    if (check.type === 'references' && !tables.includes(check.to)) {
      problems.push(inDeclaration(declaration, [...path, 'to'], { message: noSuch('table', check.to, tables) }));
    } else if (check.type === 'drift' && (source || !published.includes(subject))) {
      const message = `drift compares with the live edition, which has no ${subject}; expected a published model`;
      problems.push(inDeclaration(declaration, [...path, source ? 'type' : 'on'], { message }));
    } else {
      const at: NamedCheck['at'] = (rest, message) => inDeclaration(declaration, [...path, ...rest], { message });
      found.push({ check, subject, source, path, at });
    }
  };
  for (const [name, source] of Object.entries(definition.sources)) {
    source.checks.forEach((check, index) => add(check, name, true, ['sources', name, 'checks', index]));
  }
  definition.checks.forEach((check, index) => {
    const path = ['checks', index];
    const free = check.type === 'sql' || check.type === 'reconcile';
    if (check.on !== undefined && !modelNames.includes(check.on)) {
      problems.push(inDeclaration(declaration, [...path, 'on'], { message: noSuch('model', check.on, modelNames) }));
    } else if (check.on === undefined && !free) {
      const message = 'is missing; expected the model that is checked';
      problems.push(inDeclaration(declaration, [...path, 'on'], { message }));
    } else add(check, check.on ?? 'pipeline', false, path);
  });
  for (const { name, header, file, place } of ordered) {
    if (header.key === undefined) continue;
    // `columns.0` of the check is `key.0` of the header.
    const at: NamedCheck['at'] = ([, ...rest], message) => ({
      ...{ file, ...place(['key', ...rest]) },
      message: `key: ${message}`,
    });
    const implied = { columns: header.key, severity: 'error' as const };
    for (const check of [
      { type: 'unique' as const, ...implied },
      { type: 'not_null' as const, max_share: 0, ...implied },
    ]) {
      found.push({ check, subject: name, source: false, path: ['key'], at });
    }
  }
  return found;
}
