/** The databases of a pipeline: whether they are there, who we are, and what keeps a night from being quick and complete. */
import { type Pipeline, parsePipeline } from '../adapters/definition/pipeline';
import { withConnections } from '../adapters/definition/look-tables';
import { pipelineFolder, readPipeline } from '../adapters/definition/read';
import { duckDbEngine } from '../adapters/engines/duckdb';
import { duckDb } from '../adapters/engines/duckdb/client';
import type { DatabaseTable } from '../adapters/source';
import { addressOf } from '../adapters/sources/postgres/address';
import type { Asked } from '../adapters/sources/postgres/catalog';
import { cutFacts } from '../adapters/sources/postgres/cut';
import { postgresFailure } from '../adapters/sources/postgres/failure';
import { openSession, type Session } from '../adapters/sources/postgres/session';
import type { Config } from '../config';
import { variableOf } from '../domain/environment';
import { DaybreakError } from '../domain/failure';
import { clockFinding, cutFindings, serverFindings } from './databases/server';
import { tableFindings } from './databases/tables';
import { bad, failed, type Finding, messageOf } from './finding';

const STATEMENT_TIMEOUT_MS = 10_000;

type Environment = Config['environment'];

/** What people call a connection: the variable that holds it. */
const calledOf = (connection: string | undefined): string | undefined =>
  connection === undefined ? undefined : variableOf(connection);

/** Tables by their connection; children are where their parents are. */
function tablesByConnection({ definition }: Pipeline): Map<string | undefined, DatabaseTable[]> {
  const found = new Map<string | undefined, DatabaseTable[]>();
  for (const [name, source] of Object.entries(definition.sources)) {
    if (source.type !== 'postgres') continue;
    const parent = source.parent === undefined ? source : definition.sources[source.parent];
    const connection = parent?.type === 'postgres' ? parent.connection : source.connection;
    found.set(connection, [...(found.get(connection) ?? []), { name, definition: source }]);
  }
  return found;
}

async function databaseFindings(
  connection: string | undefined,
  tables: readonly DatabaseTable[],
  environment: Environment,
): Promise<Finding[]> {
  const variable = calledOf(connection);
  const url = variable === undefined ? undefined : environment[variable];
  if (variable !== undefined && (url === undefined || url === '')) {
    const says = `${variable} is not set here, so that ${tables.map(({ name }) => name).join(', ')} cannot be read`;
    return [bad('database', says, `set it here and where the worker starts: export ${variable}='postgres://…'`)];
  }
  let session: Session | undefined;
  try {
    const address = addressOf(url, environment, variable ?? 'PGHOST, PGUSER and their like');
    const shown = `${address.host}:${address.port}/${address.database}`;
    session = await openSession(address, {
      applicationName: 'daybreak doctor',
      statementTimeoutMs: STATEMENT_TIMEOUT_MS,
    }).catch((error: unknown) => {
      throw postgresFailure(error, `${variable ?? 'PGHOST'}, ${shown}`);
    });
    await session.query('SET default_transaction_read_only = on');
    const asked: Asked = { query: session.query };
    const begun = Date.now();
    const facts = await cutFacts(asked, {});
    const heard = Date.now();
    return [
      ...(await serverFindings(session, shown, tables)),
      clockFinding(shown, facts, begun, heard),
      ...cutFindings(shown, facts, tables),
      ...(await tableFindings(asked, tables, facts.user)),
    ];
  } catch (error) {
    return [failed('database', error)];
  } finally {
    await session?.end();
  }
}

/** Nothing where the pipeline reads no database. */
export async function checkDatabases(named: string, base: string, environment: Environment): Promise<Finding[]> {
  const engine = duckDbEngine(duckDb());
  try {
    const files = await readPipeline(await pipelineFolder(named, base));
    const known = withConnections(files.yaml, environment);
    const pipeline = await parsePipeline(files, engine, { parameters: {}, environment: known });
    const found: Finding[] = [];
    for (const [connection, tables] of tablesByConnection(pipeline))
      found.push(...(await databaseFindings(connection, tables, environment)));
    return found;
  } catch (error) {
    const says = error instanceof DaybreakError ? error.text.what.replaceAll(/\n\s*/g, '; ') : messageOf(error);
    return [bad('pipeline', `${named}: ${says}`, `daybreak validate ${named} tells all of it`)];
  } finally {
    await engine.close();
  }
}
