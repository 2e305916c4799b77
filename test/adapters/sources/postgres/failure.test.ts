import { postgresFailure } from '../../../../src/adapters/sources/postgres/failure';
import { DaybreakError } from '../../../../src/domain/failure';

const server = (code: string, message = 'it says so') =>
  postgresFailure(Object.assign(new Error(message), { severity: 'FEHLER', code }), 'source orders');
const network = (code: string, message = code) =>
  postgresFailure(Object.assign(new Error(message), { code }), 'source orders');

test.each([
  ['53200', 'Throttled'],
  ['53400', 'Throttled'],
  ['57P03', 'Transient'],
  ['57P05', 'Transient'],
  ['40P01', 'Transient'],
  ['08006', 'Transient'],
  ['XX000', 'Transient'],
  ['XX001', 'Damaged'],
  ['3F000', 'SchemaDrifted'],
  ['42804', 'SchemaDrifted'],
  ['42601', 'BadDefinition'],
  ['22012', 'NotAsDeclared'],
])('the server says %s, in any language: %s', (code, kind) => {
  expect(server(code)).toMatchObject({ kind });
  expect(server(code).message).toMatch(/^source orders: .*\(it says so, \w{5}\).*\nnext: ./s);
});

test.each([
  ['EAI_AGAIN', 'Transient'],
  ['ENOTFOUND', 'UnknownHost'],
  ['ETIMEDOUT', 'Transient'],
  ['EHOSTUNREACH', 'Transient'],
  ['CERT_HAS_EXPIRED', 'Credentials'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'Credentials'],
])('the network says %s: %s', (code, kind) => {
  expect(network(code)).toMatchObject({ kind });
});

test('a failure of ours stays what it is', () => {
  const error = new DaybreakError('Blocked', { what: 'no' });
  expect(postgresFailure(error, 'source orders')).toBe(error);
});

test('no secret and no value of a row is told', () => {
  const { message } = server('08006', 'no way to postgres://me:secret@host/db with password=secret');
  expect(message).toContain('no way to postgres://… with password=…');
  expect(server('22P02', 'of a person').cause).toBeUndefined();
  expect(server('22P02', 'invalid input syntax for type integer: "Ada Lovelace"').message).toContain(
    '(invalid input syntax for type integer, 22P02)',
  );
});
