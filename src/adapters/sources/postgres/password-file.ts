/** Passwords by server, as psql keeps them: a line of host:port:database:user:password each, `*` for any. */
import { readFileSync, statSync } from 'node:fs';

interface Asked {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
}

/** Splits at colons; a backslash takes the next character as it is. */
function fields(line: string): string[] {
  const found = [''];
  for (const [, escaped, plain = ''] of line.matchAll(/\\(.)|(.)/gs)) {
    if (plain === ':' && found.length < 5) found.push('');
    else found[found.length - 1] += escaped ?? plain;
  }
  return found;
}

/** The first line that fits; nothing where there is no such file. A file that others may read is not used, as psql doesn't. */
export function passwordFrom(path: string, { host, port, database, user }: Asked): string | undefined {
  let text: string;
  try {
    const { mode } = statSync(path);
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) return undefined;
    text = readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
  const asked = [host.startsWith('/') ? 'localhost' : host, String(port), database, user];
  for (const line of text.split(/\r?\n/)) {
    if (line.startsWith('#')) continue;
    const found = fields(line);
    if (found.length === 5 && asked.every((value, index) => found[index] === '*' || found[index] === value))
      return found[4];
  }
  return undefined;
}
