/**
 * A folder of Parquet: `editions/<id>/<table>.parquet`, immutable, and their `report.html`; `live`, a link to the live edition's folder; and
 * `<pipeline>.duckdb`, views of its tables for any DuckDB client. Link and views are replaced whole, by rename: who has
 * the old ones open keeps seeing the old edition.
 */
import { randomBytes } from 'node:crypto';
import { copyFile, link, readdir, readlink, realpath, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Edition } from '../../domain/edition';
import { identifier, literal } from '../../domain/sql';
import type { Destination } from '../destination';
import { fsyncPath, makeFolder, removeTemporary } from '../stores/durable';

const isCode = (error: unknown, code: string) => (error as NodeJS.ErrnoException).code === code;
const temporaryName = (path: string) => `${path}.${process.pid}-${randomBytes(4).toString('hex')}.tmp`;

/** Shares the bytes where the file system can, else copies them. */
async function place(from: string, to: string): Promise<void> {
  const temporary = temporaryName(to);
  try {
    await link(from, temporary).catch(async (error: unknown) => {
      if (!isCode(error, 'EXDEV') && !isCode(error, 'EPERM')) throw error;
      await copyFile(from, temporary);
      await fsyncPath(temporary);
    });
    await rename(temporary, to);
  } finally {
    // Half a copy on a full disk, or the second of two names of one file, of which rename makes nothing: so it is when
    // an edition is staged again.
    await rm(temporary, { force: true });
  }
}

/** The one row that says which edition this is. */
export function editionView({ id, pipeline, window, knownAt }: Edition): string {
  const values = { edition: id, pipeline, as_of: window.asOf, known_at: knownAt };
  return `SELECT ${Object.entries(values)
    .map(([name, value]) => `${literal(value)} AS ${name}`)
    .join(', ')}`;
}

/** A database file with a view of each table; complete before it gets its name. */
async function showViews(path: string, folder: string, edition: Edition): Promise<void> {
  const temporary = temporaryName(path);
  try {
    await writeViews(temporary, folder, edition);
    await fsyncPath(temporary);
    await rename(temporary, path);
  } finally {
    for (const left of [temporary, `${temporary}.wal`]) await rm(left, { force: true });
  }
}

async function writeViews(temporary: string, folder: string, edition: Edition): Promise<void> {
  // Loaded by who shows an edition: all others only read.
  const { DuckDBInstance } = await import('@duckdb/node-api');
  const instance = await DuckDBInstance.create(temporary, { threads: '1' });
  const connection = await instance.connect();
  try {
    for (const table of edition.tables) {
      const name = identifier(table.name);
      await connection.run(
        `CREATE VIEW ${name} AS FROM read_parquet(${literal(join(folder, `${table.name}.parquet`))})`,
      );
      if (table.description !== undefined)
        await connection.run(`COMMENT ON VIEW ${name} IS ${literal(table.description)}`);
      for (const column of table.columns) {
        if (column.description === undefined) continue;
        await connection.run(`COMMENT ON COLUMN ${name}.${identifier(column.name)} IS ${literal(column.description)}`);
      }
    }
    await connection.run(`CREATE VIEW edition AS ${editionView(edition)}`);
    await connection.run('CHECKPOINT');
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

export function filesDestination(root: string, pipeline: string): Destination {
  const editionsFolder = join(root, 'editions');
  const folderOf = (id: string) => join(editionsFolder, id);
  const file = (edition: Edition, table: string) => join(folderOf(edition.id), `${table}.parquet`);
  const reportOf = ({ id }: Edition) => join(folderOf(id), 'report.html');
  return {
    file,
    async stage(edition, files) {
      await makeFolder(folderOf(edition.id));
      for (const table of edition.tables) {
        const from = files.get(table.name);
        if (from !== undefined) await place(from, file(edition, table.name));
      }
      await fsyncPath(folderOf(edition.id));
      await fsyncPath(editionsFolder);
    },
    async show(edition) {
      const folder = join(await realpath(root), 'editions', edition.id);
      await showViews(join(root, `${pipeline}.duckdb`), folder, edition);
      const temporary = temporaryName(join(root, 'live'));
      await symlink(join('editions', edition.id), temporary);
      await rename(temporary, join(root, 'live'));
      await fsyncPath(root);
    },
    async shown() {
      const target = await readlink(join(root, 'live')).catch(() => undefined);
      return target?.split('/').at(-1) ?? null;
    },
    async holds(edition) {
      for (const table of edition.tables) {
        const found = await stat(file(edition, table.name)).catch(() => undefined);
        if (found?.size !== table.bytes) return false;
      }
      return true;
    },
    tables: (edition) =>
      edition.tables.map(({ name, rows, sha256 }) => ({ name, uri: file(edition, name), rows, sha256 })),
    async putReport(edition, html) {
      const path = reportOf(edition);
      const temporary = temporaryName(path);
      try {
        await writeFile(temporary, html);
        await fsyncPath(temporary);
        await rename(temporary, path);
      } finally {
        await rm(temporary, { force: true });
      }
      await fsyncPath(folderOf(edition.id));
      return path;
    },
    async report(edition) {
      const path = reportOf(edition);
      const found = await stat(path).catch(() => undefined);
      return found?.isFile() === true ? path : null;
    },
    editions: async () => await readdir(editionsFolder).catch(() => []),
    remove: async (id) => await rm(folderOf(id), { recursive: true, force: true }),
    async removeTemporary(beforeMs) {
      await removeTemporary(root, beforeMs, { recursive: false });
      await removeTemporary(editionsFolder, beforeMs);
    },
  };
}
