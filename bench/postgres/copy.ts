/** What somebody would do who wants rows of Postgres in DuckDB: COPY by psql, into a pipe that DuckDB reads. */
import { execFileSync, spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { identifier, literal } from '../../src/domain/sql';

/** Runs `work` with the name of a pipe that psql writes rows into, as CSV. */
export async function withCopy<T>(
  url: string,
  table: string,
  columns: Readonly<Record<string, string>>,
  pipe: string,
  work: (rows: string) => Promise<T>,
): Promise<T> {
  rmSync(pipe, { force: true });
  execFileSync('mkfifo', [pipe]);
  const copy = `COPY (SELECT ${Object.keys(columns).map(identifier).join(', ')} FROM ${table}) TO STDOUT (FORMAT csv)`;
  const program = `exec psql "$URL" --quiet --no-psqlrc --command "$COPY" > "$PIPE"`;
  const psql = spawn('sh', ['-c', program], {
    env: { ...process.env, URL: url, COPY: `SET TimeZone = 'UTC'; ${copy}`, PIPE: pipe },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const ended = new Promise<void>((resolve, reject) => {
    psql.once('error', reject);
    psql.once('exit', (code) =>
      code === 0 ? resolve() : reject(new Error(`psql ended with ${code}; is it installed?`)),
    );
  });
  const types = Object.entries(columns).map(([name, type]) => `${literal(name)}: ${literal(type)}`);
  try {
    const [result] = await Promise.all([
      work(`read_csv(${literal(pipe)}, auto_detect=false, header=false, delim=',', quote='"', escape='"',
        nullstr='', allow_quoted_nulls=false, columns={${types.join(', ')}})`),
      ended,
    ]);
    return result;
  } finally {
    psql.kill();
    rmSync(pipe, { force: true });
  }
}
