/** The declared checks, and those that a model's key implies. */
import type { Check, Definition } from '../../domain/definition';
import type { Problem } from '../../domain/failure';
import { type Declaration, inDeclaration } from './declaration';
import { noSuch } from './issues';
import { DECLARATION } from './read';
import type { Draft } from './statements';

/** Every check with its subject and its place; those on a table need one that exists. */
export function namedChecks(
  definition: Definition,
  models: readonly Draft[],
  declaration: Declaration,
  problems: Problem[],
) {
  const modelNames = models.map(({ name }) => name);
  const published = models.filter(({ header }) => header.publish).map(({ name }) => name);
  const found: {
    check: Check;
    subject: string;
    source: boolean;
    file: string;
    path: string;
    place: { line: number; column: number };
  }[] = [];
  const sourceNames = Object.keys(definition.sources);
  const add = (check: Check, subject: string, source: boolean, path: (string | number)[]) => {
    // Sources are judged before there is any model.
    const tables = source ? sourceNames : [...sourceNames, ...modelNames];
    if (check.type === 'references' && !tables.includes(check.to)) {
      problems.push(inDeclaration(declaration, [...path, 'to'], { message: noSuch('table', check.to, tables) }));
    } else if (check.type === 'drift' && (source || !published.includes(subject))) {
      const message = `drift compares with the live edition, which has no ${subject}; expected a published model`;
      problems.push(inDeclaration(declaration, [...path, source ? 'type' : 'on'], { message }));
    } else
      found.push({ check, subject, source, file: DECLARATION, path: path.join('.'), place: declaration.place(path) });
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
  for (const { name, header, file } of models) {
    if (header.key === undefined) continue;
    const place = { line: 1, column: 1 };
    const implied = { columns: header.key, severity: 'error' as const };
    for (const check of [
      { type: 'unique' as const, ...implied },
      { type: 'not_null' as const, max_share: 0, ...implied },
    ]) {
      found.push({ check, subject: name, source: false, file, path: 'key', place });
    }
  }
  return found;
}
