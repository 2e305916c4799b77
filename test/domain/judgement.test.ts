import { account } from '../../src/domain/accounting';
import { mayReplace } from '../../src/domain/edition';
import { DaybreakError, formatProblem } from '../../src/domain/failure';
import { fillTemplates, isDay, parameterProblem, sqlVariables } from '../../src/domain/parameters';
import type { Receipt } from '../../src/domain/receipt';
import { parseRequest } from '../../src/domain/request';
import { judge, passes } from '../../src/domain/verdict';

describe('the verdict', () => {
  const check = (severity: 'error' | 'warn') => ({ name: 'n', subject: 's', severity });
  it('lets a warning pass, stops at a failure, and fails closed', () => {
    const good = { passed: true, observed: 'o', expected: 'e' };
    const bad = { ...good, passed: false };
    expect(judge(check('warn'), bad).outcome).toBe('warn');
    expect(passes([judge(check('error'), good), judge(check('warn'), bad)])).toBe(true);
    expect(passes([judge(check('error'), bad)])).toBe(false);
    expect(passes([judge(check('warn'), { error: 'no such table', expected: 'e' })])).toBe(false);
  });
});

describe('accounting for a source', () => {
  const receipt = (firstRecord: number, records: number, key = '1', quarantined = 0): Receipt => ({
    name: 'orders',
    fingerprint: `${firstRecord}`,
    data: { uri: '', bytes: 0, sha256: '' },
    rows: records - quarantined,
    schema: [],
    keyChecksum: key,
    attempt: 1,
    seconds: 0,
    madeAt: '',
    runId: '',
    quarantined,
    part: { file: 'f', size: 0, mtimeNs: '0', from: 0, to: 0, firstRecord, records, bytes: 0 },
  });
  it('is even when every record is there once', () => {
    expect(account(30, [receipt(1, 10), receipt(11, 20, '2', 3)], { rows: 27, checksum: '3' })).toEqual({
      accepted: 27,
      quarantined: 3,
      read: 30,
      lost: 0,
      duplicated: 0,
    });
  });
  it('sees a part that is missing, one that is there twice, and keys that are others', () => {
    expect(account(30, [receipt(1, 10), receipt(21, 10)], null)).toMatchObject({ lost: 10, duplicated: 0 });
    expect(account(20, [receipt(1, 10), receipt(1, 10)], null)).toMatchObject({ duplicated: 10 });
    expect(account(10, [receipt(1, 10, '5')], { rows: 10, checksum: '6' })).toMatchObject({ lost: 1, duplicated: 1 });
    expect(account(10, [receipt(1, 10, '5')], { rows: 12, checksum: '7' })).toMatchObject({ duplicated: 2 });
  });
});

describe('requests', () => {
  it('are all optional, and every problem is told at once', () => {
    expect(parseRequest(undefined)).toEqual({ request: {} });
    expect(parseRequest({ from: '2026-13-01', full: 'yes', paramters: {} })).toEqual({
      problems: [
        'from: expected a day such as 2026-11-24',
        'full: Invalid input: expected boolean, received string',
        'input: Unrecognized key: "paramters"',
      ],
    });
    expect(parseRequest({ from: '2026-11-24', to: '2026-11-24' })).toEqual({
      problems: ['from: expected a day before "to"'],
    });
  });
});

describe('parameters', () => {
  it('are judged by their type', () => {
    expect(parameterProblem({ type: 'decimal' }, '12.34567')).toBe(
      'expected a number with at most 4 decimals, got "12.34567"',
    );
    expect(parameterProblem({ type: 'integer' }, 1.5)).toBe('expected an integer, got 1.5');
    expect(parameterProblem({ type: 'date' }, '2026-02-30')).toBe(
      'expected a day such as 2026-11-24, got "2026-02-30"',
    );
    expect(parameterProblem({ type: 'boolean' }, true)).toBeUndefined();
    expect([isDay('2024-02-29'), isDay('2026-02-29')]).toEqual([true, false]);
  });
  it('keep their type where a text is nothing else, and are missed where they have no value', () => {
    const filled = fillTemplates(
      { min: '${var:n}', path: '${var:data}/x', key: '${env:KEY}' },
      { n: 5, data: 'd' },
      {},
    );
    expect(filled.document).toMatchObject({ min: 5, path: 'd/x' });
    expect(filled.problems).toEqual([
      { path: ['key'], message: '${env:KEY} is not set in the environment of the worker' },
    ]);
  });
  it('become typed variables beside the built-in ones', () => {
    const window = { from: '2026-10-28', to: '2026-11-25', asOf: '2026-11-25' };
    expect(
      sqlVariables({
        declared: { vip: { type: 'decimal' } },
        values: { vip: 1000 },
        window,
        zone: 'UTC',
        currency: 'EUR',
      }),
    ).toMatchObject({
      as_of: { type: 'DATE', value: '2026-11-25' },
      vip: { type: 'DECIMAL(18,4)', value: '1000' },
    });
  });
});

describe('messages and releases', () => {
  it('say what, where, expected, next', () => {
    const error = new DaybreakError('MissingFile', {
      what: 'no file matches',
      where: 'orders',
      expected: 'one',
      next: 'deliver it',
    });
    expect(error.message).toBe('orders: no file matches; expected one\nnext: deliver it');
    expect(formatProblem({ file: 'pipeline.yaml', line: 6, column: 12, message: 'm' })).toBe('pipeline.yaml:6:12 m');
  });
  it('never let an older as_of replace a newer one, nor older knowledge of the same day', () => {
    const dated = (asOf: string, hour: string) => ({ asOf, knownAt: `2026-11-26T${hour}:00:00.000Z` });
    const live = dated('2026-11-25', '03');
    expect(mayReplace(dated('2026-11-24', '04'), live)).toBe(false);
    expect(mayReplace(dated('2026-11-25', '02'), live)).toBe(false);
    expect(mayReplace(dated('2026-11-25', '03'), live)).toBe(true);
    expect(mayReplace(dated('2026-11-26', '02'), live)).toBe(true);
    expect(mayReplace(live, null)).toBe(true);
  });
});
