/** Looks at the tables that a declaration reads from databases, where their connection is known here. */
import type { Definition } from '../../domain/definition';
import { ENVIRONMENT_REFERENCE, variableOf } from '../../domain/environment';
import type { DatabaseTable } from '../source';
import { openDatabase } from '../sources/postgres/database';
import { inspectTables, type TableFinding } from '../sources/postgres/inspect';

type Environment = Readonly<Record<string, string | undefined>>;

/** What was looked at of a source, and of which table. */
export interface TableLook {
  readonly name: string;
  readonly table: string;
  /** Whether its connection is known here. */
  readonly seen: boolean;
}

const STATEMENT_TIMEOUT_MS = 10_000;
const LOCK_TIMEOUT_MS = 5_000;

/**
 * The environment as if it had every connection: which one it is decides where a run reads, and not whether what is
 * written is sound.
 */
export function withConnections(yaml: string, environment: Environment): Environment {
  const references = yaml.match(/(?<=connection:\s*["']?)\$\{env:[A-Za-z_][A-Za-z0-9_]*\}/g) ?? [];
  const names = references.filter((text) => ENVIRONMENT_REFERENCE.test(text)).map(variableOf);
  return { ...Object.fromEntries(names.map((name) => [name, 'not known here'])), ...environment };
}

const shown = ({ name, definition }: DatabaseTable) => definition.table ?? `the query of ${name}`;

/** Parents that are sound, each with its children. Tables whose connection is not set here are only told of. */
export async function lookAtTables(
  { sources }: Definition,
  doubtful: ReadonlySet<string>,
  environment: Environment,
): Promise<{ looks: TableLook[]; findings: TableFinding[] }> {
  const tables = Object.entries(sources).flatMap(([name, definition]): DatabaseTable[] =>
    definition.type === 'postgres' && !doubtful.has(name) ? [{ name, definition }] : [],
  );
  const looks: TableLook[] = [];
  const findings: TableFinding[] = [];
  const told = new Set<string>();
  for (const parent of tables.filter(({ definition }) => definition.parent === undefined)) {
    const family = [parent, ...tables.filter(({ definition }) => definition.parent === parent.name)];
    const { connection } = parent.definition;
    const variable = connection === undefined ? undefined : variableOf(connection);
    const url = variable === undefined ? undefined : environment[variable];
    const seen = variable === undefined ? environment.PGHOST !== undefined : url !== undefined && url !== '';
    const name = variable ?? 'PGHOST';
    const note = (isSeen: boolean) =>
      looks.push(...family.map((table) => ({ name: table.name, table: shown(table), seen: isSeen })));
    if (!seen || told.has(name)) {
      note(false);
      if (!told.has(name))
        findings.push({
          ...{ source: parent.name, severity: 'warn', about: variable === undefined ? 'table' : 'connection' },
          message: `its database is not looked at, as ${name} is not set here`,
        });
      told.add(name);
      continue;
    }
    const where = `source ${parent.name}`;
    const database = openDatabase({
      ...{ url, environment, applicationName: 'daybreak validate', where },
      ...{ statementTimeoutMs: STATEMENT_TIMEOUT_MS, lockTimeoutMs: LOCK_TIMEOUT_MS },
    });
    try {
      const found = await inspectTables(database, family);
      const isAway = found.some(({ about }) => about === 'connection');
      note(!isAway);
      // Of the same database it would be said again.
      if (isAway) told.add(name);
      findings.push(...found);
    } finally {
      await database.close();
    }
  }
  return { looks, findings };
}
