/** Spans of what an engine and databases are asked, under the step that asks. */
import { type Attributes, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { Services } from '../activities';
import type { Engine, Workspace } from '../adapters/engine';
import type { DatabaseSource } from '../adapters/source';

/** Of a statement, as much as tells which one it is. */
const SHOWN = 1_000;

const tracer = trace.getTracer('daybreak');

/** A span around some work; it ends with it, and has its error. */
async function spanned<T>(name: string, attributes: Attributes, work: (span: Span) => Promise<T>): Promise<T> {
  return await tracer.startActiveSpan(name, { kind: SpanKind.CLIENT, attributes }, async (span) => {
    try {
      return await work(span);
    } catch (error) {
      span.recordException(error as Error);
      span.setStatus({ code: SpanStatusCode.ERROR });
      throw error;
    } finally {
      span.end();
    }
  });
}

const DUCKDB = { 'db.system.name': 'duckdb' };
const statement = (sql: string): Attributes => ({ ...DUCKDB, 'db.query.text': sql.slice(0, SHOWN) });

function tracedWorkspace(workspace: Workspace): Workspace {
  return {
    ...workspace,
    write: async (sql, path, options) =>
      await spanned('query: write', statement(sql), async (span) => {
        const written = await workspace.write(sql, path, options);
        span.setAttribute('daybreak.rows', written.rows);
        return written;
      }),
    query: async (sql, options) =>
      await spanned('query', statement(sql), async () => await workspace.query(sql, options)),
    measure: async (checks, options) =>
      await spanned(
        'query: measure',
        { ...DUCKDB, 'daybreak.checks': checks.length },
        async () => await workspace.measure(checks, options),
      ),
    keyChecksum: async (table, key, options) =>
      await spanned(
        'query: key checksum',
        { ...DUCKDB, 'db.collection.name': table },
        async () => await workspace.keyChecksum(table, key, options),
      ),
  };
}

const tracedEngine = (engine: Engine): Engine => ({
  ...engine,
  workspace: async (settings) => tracedWorkspace(await engine.workspace(settings)),
});

function tracedDatabase(source: DatabaseSource, table: string): DatabaseSource {
  const attributes = { 'db.system.name': 'postgresql', 'db.collection.name': table };
  return {
    ...source,
    look: async (request, options) =>
      await spanned('query: look', attributes, async () => await source.look(request, options)),
    read: async (chunk, targets, options) =>
      await spanned('query: read', attributes, async () => await source.read(chunk, targets, options)),
    keys: async (since, targets, options) =>
      await spanned('query: keys', attributes, async () => await source.keys(since, targets, options)),
  };
}

/** The same services, whose queries have spans. */
export const tracedServices = (services: Services): Services => ({
  ...services,
  engine: tracedEngine(services.engine),
  openDatabase: async (request) => tracedDatabase(await services.openDatabase(request), request.tables[0]?.name ?? ''),
});
