import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { addressOf } from '../../../../src/adapters/sources/postgres/address';

const folder = mkdtempSync(join(tmpdir(), 'daybreak-address-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('a URL comes before the environment, which fills what it leaves out', () => {
  const environment = { PGHOST: 'other', PGPORT: '6432', PGUSER: 'ada', PGPASSWORD: 'pg', PGSSLMODE: 'disable' };
  expect(addressOf('postgres://shop.example/orders', environment, 'source orders')).toEqual({
    host: 'shop.example',
    port: 6432,
    user: 'ada',
    database: 'orders',
    password: 'pg',
    ssl: false,
    plainWillDo: false,
    options: undefined,
  });
  expect(addressOf('postgresql://me:p%40ss%2Fword@[::1]:5433', environment, 'source orders')).toMatchObject({
    host: '::1',
    port: 5433,
    user: 'me',
    database: 'me',
    password: 'p@ss/word',
  });
  expect(addressOf(undefined, environment, 'source orders')).toMatchObject({ host: 'other', user: 'ada' });
  expect(addressOf('postgres:///shop?host=/run/postgresql', {}, 'source orders')).toMatchObject({
    host: '/run/postgresql',
    database: 'shop',
    ssl: false,
  });
});

test.each([
  ['disable', false],
  ['prefer', { rejectUnauthorized: false }],
  ['require', { rejectUnauthorized: false }],
  ['verify-ca', { rejectUnauthorized: true, checkServerIdentity: expect.any(Function) }],
  ['verify-full', { rejectUnauthorized: true }],
])('sslmode=%s', (mode, ssl) => {
  const address = addressOf(`postgres://me@shop/orders?sslmode=${mode}`, {}, 'source orders');
  if (ssl === false) expect(address.ssl).toBe(false);
  else expect(address.ssl).toMatchObject(ssl);
  expect(address.plainWillDo).toBe(mode === 'prefer');
});

test('a password file is used as psql uses it', () => {
  const path = join(folder, 'pgpass');
  const lines = ['# mine', 'shop:5432:orders:bob:no', 'shop:*:*:ada:with\\:colon', '*:*:*:*:last'];
  writeFileSync(path, `${lines.join('\n')}\n`, { mode: 0o600 });
  const of = (url: string) => addressOf(url, { PGPASSFILE: path }, 'source orders').password;
  expect(of('postgres://ada@shop/orders')).toBe('with:colon');
  expect(of('postgres://eve@shop/orders')).toBe('last');
  expect(of('postgres://ada:own@shop/orders')).toBe('own');
  chmodSync(path, 0o644);
  expect(of('postgres://ada@shop/orders')).toBeUndefined();
});

test.each([
  ['me:secret@shop', 'not a URL of Postgres'],
  ['not a url secret', 'not a URL'],
  ['mysql://me:secret@shop/orders', 'not a URL of Postgres'],
  ['postgres://me:secret@shop/orders?port=x', 'the port'],
  ['postgres://me:secret@shop/orders?sslmode=maybe', 'sslmode'],
  ['postgres://me:secret@shop/orders?host=a,b', 'several hosts'],
  ['postgres://me:secret@shop/orders?sslrootcert=/no/such/file', 'sslrootcert'],
])('%s makes no sense, and is not shown', (url, says) => {
  const address = () => addressOf(url, {}, 'source orders');
  expect(address).toThrow(says);
  expect(address).not.toThrow('secret');
  expect(address).toThrow(/^source orders: .*; expected .*\nnext: correct the variable/s);
});
