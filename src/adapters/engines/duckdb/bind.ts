/** Binds a pipeline on empty tables: an unknown column or a wrong type is found before a row is read. */
import type { Column } from '../../../domain/receipt';
import { identifier, liveName } from '../../../domain/sql';
import type { BindRequest, BindResult, SqlProblem } from '../../engine';
import { checkSql } from './check-sql';
import type { Session } from './client';
import { emptyRows } from './variables';

/** DuckDB's error as JSON, or as text when the session did not ask for JSON. */
export function sqlProblem(error: unknown, prefixLength: number): SqlProblem {
  const text = error instanceof Error ? error.message : String(error);
  const json = /\{.*\}/s.exec(text)?.[0];
  // A mistake is one line: what was probably meant belongs to it, the list of all functions does not.
  const said = (message: string) => {
    const [first = '', next = ''] = message.trim().split(/\s*\n\s*/);
    return /^(Did you mean|Candidate bindings)/.test(next) ? `${first} ${next}` : first;
  };
  try {
    const answer = JSON.parse(json ?? '') as { exception_message?: string; position?: string };
    const message = said(answer.exception_message ?? text);
    const at = answer.position === undefined ? undefined : Number(answer.position) - prefixLength;
    return at === undefined || at < 0 ? { message } : { message, offset: at };
  } catch {
    return { message: said(text) };
  }
}

async function define(session: Session, name: string, sql: string): Promise<readonly Column[] | SqlProblem> {
  const prefix = `CREATE OR REPLACE VIEW ${identifier(name)} AS `;
  try {
    await session.query(prefix + sql);
    const { rows } = await session.query(`DESCRIBE ${identifier(name)}`);
    return rows.map((row) => ({ name: String(row.column_name), type: String(row.column_type) }));
  } catch (error) {
    return sqlProblem(error, prefix.length);
  }
}

const isColumns = (answer: readonly Column[] | SqlProblem): answer is readonly Column[] => Array.isArray(answer);

/** What depends on a broken table is left out: its own mistake, if any, shows when the first is mended. */
export async function bind(session: Session, request: BindRequest): Promise<BindResult> {
  const columns = new Map<string, readonly Column[]>();
  const problems = new Map<string, SqlProblem>();
  const broken = new Set(request.broken);
  for (const source of request.sources) {
    await session.query(`CREATE OR REPLACE VIEW source AS ${emptyRows(source.columns)}`);
    for (const [index, condition] of (source.accept ?? []).entries()) {
      const problem = await explain(session, `SELECT * FROM source WHERE (${condition}\n) IS TRUE`);
      if (problem !== undefined) problems.set(`accept:${source.name}:${index}`, problem);
    }
    // A name that no source and no model can have.
    const bound = source.mapping === undefined ? source.columns : await define(session, 'as mapped', source.mapping);
    if (isColumns(bound)) {
      columns.set(source.name, bound);
      await session.query(`CREATE OR REPLACE VIEW ${identifier(source.name)} AS ${emptyRows(bound)}`);
    } else {
      problems.set(source.name, bound);
      broken.add(source.name);
    }
  }
  for (const model of request.models) {
    const bound = await define(session, model.name, model.sql);
    if (isColumns(bound)) {
      columns.set(model.name, bound);
      // As an empty table: views upon views upon views bind slowly.
      await session.query(`CREATE OR REPLACE VIEW ${identifier(model.name)} AS ${emptyRows(bound)}`);
      continue;
    }
    broken.add(model.name);
    const follows = [...broken].some((name) => bound.message.includes(`Table with name ${name} does not exist`));
    if (!follows) problems.set(model.name, bound);
  }
  for (const { id, check, subject } of request.checks) {
    if (broken.has(subject)) continue;
    const problem = await checkProblem(session, check, subject);
    if (
      problem !== undefined &&
      ![...broken].some((name) => problem.message.includes(`Table with name ${name} does`))
    ) {
      problems.set(id, problem);
    }
  }
  return { columns, problems };
}

async function checkProblem(session: Session, check: BindRequest['checks'][number]['check'], subject: string) {
  const { aggregates, query } = checkSql(check, subject);
  // What it is compared with has had the same columns, for all that can be known here.
  if (check.type === 'drift') await define(session, liveName(subject), `FROM ${identifier(subject)}`);
  return await explain(session, query ?? `SELECT ${(aggregates ?? []).join(', ')} FROM ${identifier(subject)}`);
}

/** Why a query cannot run, without its place: it was put together from more than its author wrote. */
async function explain(session: Session, sql: string): Promise<SqlProblem | undefined> {
  try {
    await session.query(`EXPLAIN ${sql}`);
    return undefined;
  } catch (error) {
    return { message: sqlProblem(error, 0).message };
  }
}
