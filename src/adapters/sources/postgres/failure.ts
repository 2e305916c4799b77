/** What a database, or the way to it, says of a failure, as one of ours. Codes are looked at: texts come in many languages. */
import { DaybreakError, type FailureKind } from '../../../domain/failure';
import { Silence } from './session';

interface Meaning {
  readonly kind: FailureKind;
  readonly what: string;
  readonly expected?: string;
  readonly next: string;
}

const GOES_ON = 'nothing; it is tried again, and what is finished stays finished';
const CHECK_CONNECTION = 'correct the connection, where the worker runs, and start the run again';

/** By SQLSTATE; a class of two letters stands for what is not named in it. */
const BY_STATE: Readonly<Record<string, Meaning>> = {
  '28P01': {
    kind: 'Credentials',
    what: 'the database does not accept the password',
    next: CHECK_CONNECTION,
  },
  '28000': {
    kind: 'Credentials',
    what: 'the database lets nobody in like this',
    expected: 'a user who may log in, and an entry in pg_hba.conf for this machine',
    next: CHECK_CONNECTION,
  },
  '3D000': {
    kind: 'Credentials',
    what: 'there is no such database on the server',
    next: CHECK_CONNECTION,
  },
  '42501': {
    kind: 'Credentials',
    what: 'the user may not read that',
    next: 'have the owner GRANT USAGE on its schema and SELECT on the table to this user',
  },
  '53300': {
    kind: 'Throttled',
    what: 'the database has no connection left',
    next: 'nothing, if that passes: it is tried again; else declare fewer lanes, or raise max_connections',
  },
  '53100': {
    kind: 'DiskFull',
    what: "the database server's disk is full",
    next: 'make room on the database server; what is finished stays finished, and the next attempt goes on from there',
  },
  '53200': { kind: 'Throttled', what: 'the database server is out of memory', next: GOES_ON },
  '53': { kind: 'Throttled', what: 'the database is at a limit of its own', next: GOES_ON },
  '57014': {
    kind: 'Throttled',
    what: 'the database stopped a question that took too long, or somebody there stopped it',
    next: 'look for an index on the key and on the cursor; it is tried again',
  },
  '57P01': { kind: 'Transient', what: 'the database ended the session', next: GOES_ON },
  '57P02': { kind: 'Transient', what: 'the database ended all sessions after a crash', next: GOES_ON },
  '57P03': { kind: 'Transient', what: 'the database is starting or stopping', next: GOES_ON },
  '57': { kind: 'Transient', what: 'the database ended the session', next: GOES_ON },
  '55P03': {
    kind: 'Transient',
    what: 'somebody holds a lock on the table',
    expected: 'no change of the table while it is read',
    next: 'let the change of the table finish; it is tried again',
  },
  '40001': {
    kind: 'Throttled',
    what: 'the replica had to stop the question to go on with what its primary changed',
    next: 'set hot_standby_feedback, or raise max_standby_streaming_delay, on the replica; it is tried again',
  },
  '40': { kind: 'Transient', what: 'the question stood in the way of another one', next: GOES_ON },
  '25006': {
    kind: 'BadDefinition',
    what: 'the query would write to the database',
    expected: 'a SELECT that only reads',
    next: 'correct the query of the source',
  },
  '25P03': {
    kind: 'Transient',
    what: 'the database ended a session that had nothing to do for too long',
    next: GOES_ON,
  },
  '42601': {
    kind: 'BadDefinition',
    what: 'the database does not understand the query',
    next: 'correct the query of the source',
  },
  '42P01': {
    kind: 'SchemaDrifted',
    what: 'a table is not there',
    expected: 'the table as it is declared',
    next: 'correct the source, or have the table back; then start the run again',
  },
  '3F000': {
    kind: 'SchemaDrifted',
    what: 'a schema is not there',
    expected: 'the table as it is declared',
    next: 'correct the source, or have the schema back; then start the run again',
  },
  '42': {
    kind: 'SchemaDrifted',
    what: 'the table is not as it is declared',
    expected: 'the declared columns with their types',
    next: 'correct the source, or have the columns back; then start the run again',
  },
  '22P02': {
    kind: 'SchemaDrifted',
    what: 'a column has another type than is declared',
    expected: 'the declared columns with their types',
    next: 'correct the source, or have the columns back; then start the run again',
  },
  '22': {
    kind: 'NotAsDeclared',
    what: 'the query of the source fails on these data',
    expected: 'a query that every row can be computed by',
    next: 'correct the query of the source',
  },
  XX001: {
    kind: 'Damaged',
    what: 'the database says that its data are damaged',
    next: 'have its owner look at its log',
  },
};

/** By the code of the network's or of TLS's error. */
const BY_CODE: Readonly<Record<string, Meaning>> = {
  ENOTFOUND: {
    kind: 'UnknownHost',
    what: 'nobody knows the host of the database',
    next: CHECK_CONNECTION,
  },
  EAI_AGAIN: { kind: 'Transient', what: 'the host of the database cannot be looked up now', next: GOES_ON },
  ECONNREFUSED: {
    kind: 'Transient',
    what: 'nothing answers at the address of the database',
    next: 'start the database, or correct its host and port; it is tried again',
  },
};

const TLS: Meaning = {
  kind: 'Credentials',
  what: 'the certificate of the database is not trusted',
  expected: 'one that sslmode and sslrootcert ask for',
  next: 'give sslrootcert the certificate of who signed it, or another sslmode, in the connection',
};
const TLS_CODE = /^(ERR_TLS|ERR_SSL|ERR_OSSL|EPROTO|CERT_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO)/;

/** What comes as words only. */
const BY_TEXT: readonly (readonly [RegExp, Meaning])[] = [
  [
    /does not support SSL/,
    {
      kind: 'Credentials',
      what: 'the database speaks no TLS, which the connection asks for',
      next: 'turn ssl on at the server, or set sslmode=disable in the connection where the network is safe',
    },
  ],
  [
    /client password must be/,
    { kind: 'Credentials', what: 'the database wants a password, and there is none', next: CHECK_CONNECTION },
  ],
];

const LOST: Meaning = { kind: 'Transient', what: 'the connection to the database broke', next: GOES_ON };
const UNKNOWN: Meaning = { kind: 'Transient', what: 'the database failed', next: GOES_ON };

const isState = (code: string) => /^[0-9A-Z]{5}$/.test(code);

function meaningOf(error: unknown, code: string, said: string): Meaning {
  if (typeof error === 'object' && error !== null && 'severity' in error && isState(code))
    return BY_STATE[code] ?? BY_STATE[code.slice(0, 2)] ?? (code.startsWith('08') ? LOST : UNKNOWN);
  if (error instanceof Silence) return { ...LOST, what: 'the database fell silent' };
  const byText = BY_TEXT.find(([pattern]) => pattern.test(said))?.[1];
  return BY_CODE[code] ?? byText ?? (TLS_CODE.test(code) ? TLS : LOST);
}

/** The server's own words, without what is nobody's business: values of rows, addresses, passwords. */
function words(code: string, said: string): string {
  const clean = said
    .replace(/\bpostgres(ql)?:\/\/\S*/gi, 'postgres://…')
    .replace(/\bpassword\s*=\s*\S+/gi, 'password=…')
    .trim();
  // Of data, the value follows after a colon or stands in quotes.
  return code.startsWith('22') ? (clean.split(/[:"]/, 1)[0] ?? '').trim() : clean;
}

/** The failure of a question, with what it says of itself; `where` is the source. One of ours stays what it is. */
export function postgresFailure(error: unknown, where: string): DaybreakError {
  if (error instanceof DaybreakError) return error;
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  const name = typeof code === 'string' ? code : '';
  const said = typeof message === 'string' ? message : String(error);
  const { kind, what, ...rest } = meaningOf(error, name, said);
  const detail = [words(name, said), ...(isState(name) ? [name] : [])].filter((part) => part !== '').join(', ');
  // The error itself is no cause of it: causes travel with a failure, and this one may hold values of rows.
  return new DaybreakError(kind, { what: `${what} (${detail})`, where, ...rest });
}
