/**
 * The other side: what somebody would write who wants the tables once and nothing else. One process, one session; what
 * is read more than once becomes a table, the rest views; checks, and published tables written as zstd Parquet.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import type { QueryResult } from '../src/adapters/engines/duckdb/protocol';
import type { Session } from '../src/adapters/engines/duckdb/client';
import { measure } from '../src/adapters/engines/duckdb/measure';
import { setVariables } from '../src/adapters/engines/duckdb/variables';
import type { PlanDocument, PlannedSource } from '../src/domain/plan';
import { identifier, literal } from '../src/domain/sql';
import { withCopy } from './postgres/copy';
import { cpuSeconds, peakMb } from './processes';
import type { ScriptJob, ScriptRun } from './script';

const acceptedRows = ({ definition }: PlannedSource) =>
  definition.accept.map((condition) => `((${condition}) IS TRUE)`).join(' AND ') || 'true';

/** Files as they are declared: nothing is guessed, and what a source does not accept is left out. */
function readSource(source: PlannedSource): string {
  const { definition } = source;
  const where = acceptedRows(source);
  if (definition.type === 'parquet') return `SELECT * FROM read_parquet(${literal(definition.path)}) WHERE ${where}`;
  if (definition.type !== 'csv') throw new Error(`the script reads no ${definition.type}`);
  const columns = Object.entries(definition.columns).map(([name, type]) => `${literal(name)}: ${literal(type)}`);
  const { delimiter, quote, escape, header, path } = definition;
  return `SELECT * FROM read_csv(${literal(path)}, auto_detect=false, header=${header}, delim=${literal(delimiter)},
    quote=${literal(quote)}, escape=${literal(escape ?? quote)}, nullstr='', columns={${columns.join(', ')}})
    WHERE ${where}`;
}

/** The product's checks are asked for through what it calls a session. */
function asSession(connection: DuckDBConnection): Session {
  return {
    name: 'script',
    async query(sql): Promise<QueryResult> {
      const reader = await connection.runAndReadAll(sql);
      const types = reader.columnTypes();
      return {
        columns: reader.columnNames().map((name, index) => ({ name, type: String(types[index]) })),
        rows: reader.getRowObjectsJson(),
        truncated: false,
      };
    },
    close: async () => undefined,
  };
}

async function work(job: ScriptJob): Promise<ScriptRun> {
  const plan = JSON.parse(readFileSync(job.plan, 'utf8')) as PlanDocument;
  const verbs: { name: string; wall: number; cpu: number }[] = [];
  // With what psql used.
  const seconds = () => cpuSeconds(process.pid);
  let [wall, cpu] = [Date.now(), seconds()];
  const [began, used] = [wall, cpu];
  const lap = (name: string) => {
    verbs.push({ name, wall: (Date.now() - wall) / 1000, cpu: seconds() - cpu });
    [wall, cpu] = [Date.now(), seconds()];
  };

  const instance = await DuckDBInstance.create(':memory:', {
    preserve_insertion_order: 'false',
    temp_directory: join(job.target, 'spill'),
    ...(job.threads === undefined ? {} : { threads: String(job.threads) }),
  });
  const connection = await instance.connect();
  const session = asSession(connection);
  await connection.run(`SET TimeZone = ${literal(plan.zone)}`);
  for (const sql of setVariables(plan.variables)) await connection.run(sql);
  lap('start');
  mkdirSync(job.target, { recursive: true });
  for (const source of plan.sources) {
    const make = `CREATE TEMP TABLE ${identifier(source.name)} AS`;
    if (source.definition.type !== 'postgres') await connection.run(`${make} ${readSource(source)}`);
    else {
      const { table = '', columns } = source.definition;
      const pipe = join(job.target, 'rows.pipe');
      await withCopy(job.database ?? '', table, columns, pipe, async (rows) => {
        await connection.run(`${make} SELECT * FROM ${rows} WHERE ${acceptedRows(source)}`);
      });
    }
    lap(`extract ${source.name}`);
  }
  const sourceChecks = plan.sources.flatMap(({ name, definition }) =>
    definition.checks.map((check) => ({ check, subject: name })),
  );
  const measured = await measure(session, sourceChecks, {});
  lap('check sources');
  for (const { name, sql, written } of plan.models) {
    await connection.run(`CREATE TEMP ${written ? 'TABLE' : 'VIEW'} ${identifier(name)} AS ${sql}`);
    lap(`transform ${name}`);
  }
  // The script knows no edition before.
  const modelChecks = plan.checks.filter(({ check }) => check.type !== 'drift');
  measured.push(...(await measure(session, modelChecks, {})));
  lap('check');
  for (const { name } of plan.models.filter(({ published }) => published)) {
    const path = join(job.target, `${name}.parquet`);
    await connection.run(`COPY ${identifier(name)} TO ${literal(path)} (FORMAT parquet, COMPRESSION zstd)`);
  }
  lap('publish');
  const checks = [...sourceChecks, ...modelChecks];
  const failed = checks.filter(({ check }, index) => {
    const measurement = measured[index]?.measurement;
    return (
      check.severity === 'error' && (measurement === undefined || !('passed' in measurement) || !measurement.passed)
    );
  });
  if (failed.length > 0) throw new Error(`checks failed: ${JSON.stringify(failed)}`);
  connection.closeSync();
  instance.closeSync();
  lap('end');
  return { wall: (Date.now() - began) / 1000, cpu: seconds() - used, peak: peakMb(process.pid), verbs };
}

process.once('message', (job: ScriptJob) => {
  work(job).then(
    (run) => process.send?.({ run }, () => process.exit(0)),
    (error: unknown) =>
      process.send?.({ error: error instanceof Error ? error.message : String(error) }, () => process.exit(1)),
  );
});
