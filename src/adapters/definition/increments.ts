/** Models that are declared to follow changes of their inputs: verified, with the views that they read through. */
import type { Problem } from '../../domain/failure';
import { computedFrom, writtenModels } from '../../domain/graph';
import type { Followed, TypedValue } from '../../domain/plan';
import type { Column } from '../../domain/receipt';
import { identifier } from '../../domain/sql';
import type { Engine } from '../engine';
import { noSuch } from './issues';
import { inFile } from './positions';
import type { Draft } from './statements';

interface Piece {
  readonly draft: Draft;
  /** Where its SQL begins in the whole. */
  readonly from: number;
}

/** `WITH "view" AS (…) SELECT * FROM (model)`, with the place of each SQL in it. */
function compose(views: readonly Draft[], model: Draft): { readonly sql: string; readonly pieces: readonly Piece[] } {
  const pieces: Piece[] = [];
  let sql = '';
  const add = (before: string, draft: Draft, after: string) => {
    sql += before;
    // In bytes, as SQL parsers count.
    pieces.push({ draft, from: Buffer.byteLength(sql) });
    sql += `${draft.sql}\n${after}`;
  };
  views.forEach((view, index) => add(`${index === 0 ? 'WITH ' : ', '}${identifier(view.name)} AS (`, view, ')'));
  add(' SELECT * FROM (', model, ')');
  return { sql, pieces };
}

/** Where a mistake of the whole is, in one of the files that it is made of. */
function placed(pieces: readonly Piece[], model: Draft, problem: { message: string; offset?: number }): Problem {
  const at = problem.offset ?? 0;
  // Of the whole, not of a place in it.
  if (at === 0)
    return { file: model.file, ...model.place(['incremental']), message: `incremental: ${problem.message}` };
  const piece = pieces.findLast(({ from }) => from <= at) ?? pieces.at(-1);
  const { draft, from } = piece as Piece;
  return inFile(draft.file, draft.text, { message: `incremental: ${problem.message}`, offset: Math.max(0, at - from) });
}

/** Models that declare it in vain: what is computed inside its only reader is followed by that, if at all. */
export function idleIncrements(models: readonly Draft[], checked: ReadonlySet<string>): Problem[] {
  const written = writtenModels(models, checked);
  return models
    .filter(({ name, header }) => header.incremental !== undefined && !written.has(name))
    .map(({ name, file, place }) => {
      const reader = models.find(({ reads }) => reads.includes(name))?.name;
      const message = `incremental: changes nothing here, as the model is computed inside ${reader}; leave it out, or declare a key, which makes a table of the model`;
      return { file, ...place(['incremental'], true), message };
    });
}

/** How each model that declares it follows changes; what cannot be verified is a mistake. */
export async function followedModels(
  engine: Engine,
  models: readonly Draft[],
  checked: ReadonlySet<string>,
  columns: ReadonlyMap<string, readonly Column[]>,
  variables: Readonly<Record<string, TypedValue>>,
  problems: Problem[],
): Promise<ReadonlyMap<string, Followed>> {
  const written = writtenModels(models, checked);
  const found = new Map<string, Followed>();
  for (const model of models) {
    const key = model.header.incremental;
    const own = columns.get(model.name);
    if (key === undefined || own === undefined) continue;
    const names = own.map(({ name }) => name);
    const unknown = key.filter((column) => !names.includes(column));
    if (unknown.length > 0) {
      const messages = unknown.map((column) => `incremental: ${noSuch('column', column, names)}`);
      problems.push(...messages.map((message) => ({ file: model.file, ...model.place(['incremental']), message })));
      continue;
    }
    const { computed, tables } = computedFrom(model.name, models, written);
    const { sql, pieces } = compose(
      computed.filter(({ name }) => name !== model.name),
      model,
    );
    const read = new Map(tables.map((table) => [table, columns.get(table) ?? []]));
    const followed = await engine.follow({ sql, key, tables: read, variables });
    if ('problem' in followed) {
      problems.push(placed(pieces, model, followed.problem));
      continue;
    }
    // Where no column is read, it is the number of rows that counts.
    const used = Object.fromEntries(
      Object.entries(followed.used).map(([table, names]) => [
        table,
        names.length > 0 ? names : (read.get(table) ?? []).map(({ name }) => name),
      ]),
    );
    found.set(model.name, { key, sql, ...followed, used });
  }
  return found;
}
