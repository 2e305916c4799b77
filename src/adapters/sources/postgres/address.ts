/** Where a database is and who asks: from a URL, and from PGHOST, PGUSER and their like for what the URL leaves out. */
import { readFileSync } from 'node:fs';
import { homedir, userInfo } from 'node:os';
import { join } from 'node:path';
import type { ConnectionOptions } from 'node:tls';
import { DaybreakError } from '../../../domain/failure';
import { passwordFrom } from './password-file';

export const SSL_MODES = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'] as const;
type SslMode = (typeof SSL_MODES)[number];

type Environment = Readonly<Record<string, string | undefined>>;

export interface Address {
  /** A name, an address, or the folder of a socket. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
  readonly password: string | undefined;
  readonly ssl: ConnectionOptions | false;
  /** A server without TLS will do as well. */
  readonly plainWillDo: boolean;
  readonly options: string | undefined;
}

function wrong(where: string, what: string, expected: string, cause?: unknown): DaybreakError {
  const next = 'correct the variable that holds the connection, where the worker runs';
  return new DaybreakError('BadRequest', { what, where, expected, next }, cause === undefined ? {} : { cause });
}

function parse(url: string, where: string): URL {
  const expected =
    'postgres://user:password@host:5432/database, with special characters of the password as %40 and so on';
  let parsed: URL;
  try {
    parsed = new URL(url.trim());
  } catch {
    throw wrong(where, 'the connection is not a URL', expected);
  }
  if (!/^postgres(ql)?:$/.test(parsed.protocol))
    throw wrong(where, 'the connection is not a URL of Postgres', expected);
  return parsed;
}

function decoded(text: string | undefined): string | undefined {
  if (text === undefined || text === '') return undefined;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** TLS as libpq does it: `require` encrypts, `verify-ca` asks who signed, `verify-full` also whose name it is. */
function tls(mode: SslMode, file: (name: string) => Buffer | undefined): ConnectionOptions | false {
  if (mode === 'disable') return false;
  const ca = file('sslrootcert');
  const own = { cert: file('sslcert'), key: file('sslkey') };
  const given = Object.fromEntries(Object.entries({ ...own, ca }).filter(([, value]) => value !== undefined));
  if (mode === 'verify-full') return { ...given, rejectUnauthorized: true };
  const signed = mode === 'verify-ca' || (mode === 'require' && ca !== undefined);
  return { ...given, rejectUnauthorized: signed, checkServerIdentity: () => undefined };
}

/** Fails as `BadRequest` where that makes no sense; a URL never gets into a message. */
export function addressOf(url: string | undefined, environment: Environment, where: string): Address {
  const parsed = url === undefined ? undefined : parse(url, where);
  const given = (name: string, variable: string) =>
    parsed?.searchParams.get(name) || environment[variable] || undefined;
  const host = given('host', 'PGHOST') ?? 'localhost';
  const user = decoded(parsed?.username) ?? given('user', 'PGUSER') ?? environment.USER ?? userInfo().username;
  const inUrl = decoded(parsed?.hostname.replace(/^\[|\]$/g, ''));
  const address = {
    host: parsed?.searchParams.get('host') ?? inUrl ?? host,
    port: Number(parsed?.port || given('port', 'PGPORT') || 5432),
    user,
    database: decoded(parsed?.pathname.slice(1)) ?? given('dbname', 'PGDATABASE') ?? user,
  };
  if (!Number.isInteger(address.port) || address.port < 1 || address.port > 65_535)
    throw wrong(where, 'the port of the connection is not one', 'a number from 1 to 65535');
  if (address.host.includes(',')) throw wrong(where, 'the connection names several hosts', 'one host');
  const mode = (given('sslmode', 'PGSSLMODE') ?? 'prefer') as SslMode;
  if (!SSL_MODES.includes(mode)) throw wrong(where, 'the sslmode of the connection is unknown', SSL_MODES.join(', '));
  const file = (name: string) => {
    const path = given(name, `PG${name.toUpperCase()}`);
    // `system` means whom the machine trusts, as it is without a file.
    if (path === undefined || path === 'system') return undefined;
    try {
      return readFileSync(path);
    } catch (error) {
      throw wrong(where, `the file of ${name} cannot be read`, 'a file in PEM format that the worker may read', error);
    }
  };
  const local = address.host.startsWith('/');
  const secrets = environment.PGPASSFILE ?? join(environment.HOME ?? homedir(), '.pgpass');
  return {
    ...address,
    password: decoded(parsed?.password) ?? given('password', 'PGPASSWORD') ?? passwordFrom(secrets, address),
    ssl: local ? false : tls(mode, file),
    plainWillDo: mode === 'prefer' || mode === 'allow',
    options: given('options', 'PGOPTIONS'),
  };
}
