/** What commands print, without a process: CSV of the engine's own types, and reasons that are long. */
import { DuckDBInstance } from '@duckdb/node-api';
import { csvText } from '../../src/cli/csv';
import { createOutput, wrapped } from '../../src/cli/output';
import { quarantinedText } from '../../src/cli/quarantine';
import { follow } from '../../src/cli/render/follow';
import type { ProgressUpdate } from '../../src/client';

test('CSV: a number below zero stays one, whatever its type; a text that looks like a formula is guarded', async () => {
  const whole = ['TINYINT', 'SMALLINT', 'INTEGER', 'BIGINT', 'HUGEINT', 'BIGNUM'];
  const types = [...whole, 'FLOAT', 'DOUBLE', 'DECIMAL(18,4)', 'VARCHAR'];
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const select = types.map((type) => `(-2)::${type} AS "${type}"`);
  const result = await connection.runAndReadAll(`SELECT ${select.join(', ')}`);
  const columns = result.columnNames().map((name, index) => ({ name, type: String(result.columnType(index)) }));
  const rows = result.getRowObjectsJson();
  connection.closeSync();
  instance.closeSync();
  expect(csvText(columns, rows).split('\n')[1]?.split(',')).toEqual([
    ...whole.map(() => '-2'),
    '-2',
    '-2',
    '-2.0000',
    "'-2",
  ]);
});

test('long text goes on in the next line, at a blank; nothing of it is cut', () => {
  expect(wrapped('one two three', 7)).toBe('one two\nthree');
  expect(wrapped('incomprehensible is', 7)).toBe('incomprehensible\nis');
  expect(wrapped('a\nb', 7)).toBe('a⏎b');
});

test("quarantine: a summary names every column of a long reason, each line under the first's beginning", () => {
  const columns = ['the date of the booking', 'the date of the arrival', 'the date of the departure'];
  const reason = columns.map((name) => `${name}: … is no DATE: expected a day such as 2026-08-31`).join('; ');
  const row = { source: 'bookings', file: 'bookings.csv', record: '7', reason, raw: 'x,y,z' };
  const text = quarantinedText(
    {
      ...{ pipeline: 'hotel', workflowId: 'hotel-1', runId: '1', plannedAt: '2026-11-25T02:00:00Z', truncated: false },
      sources: [{ source: 'bookings', read: 8, quarantined: 1, unknownParts: 0 }],
      reasons: [{ source: 'bookings', reason, records: 1 }],
      columns: Object.keys(row).map((name) => ({ name, type: name === 'record' ? 'BIGINT' : 'VARCHAR' })),
      rows: [row],
    },
    createOutput({ color: false }, {}),
  );
  const lines = text.split('\n');
  const summary = lines.slice(lines.findIndex((line) => /^source +records +reason$/.test(line)) + 1);
  const told = summary.slice(0, summary.indexOf(''));
  const at = told[0]?.indexOf('the date') ?? -1;
  expect(told.length).toBeGreaterThan(1);
  expect(told.map((line) => line.slice(at)).join(' ')).toBe(reason);
  expect(told.slice(1).map((line) => line.slice(0, at).trim())).toEqual(told.slice(1).map(() => ''));
});

test('who follows a run hears once for what a step waits, whoever has it by then', () => {
  const said: string[] = [];
  const output = { ...createOutput({ color: false }, {}), live: false, say: (line = '') => said.push(line) };
  const follower = follow(output);
  const lane = { source: 'orders', parts: 0, ofParts: 2, records: 0, ofRecords: 9, recordsPerSecond: 0 };
  const waiting = 'waiting for one of 4 connections to the database, held by daybreak users 7';
  const update = (text?: string): ProgressUpdate => ({
    ...{ progress: null, status: 'RUNNING' },
    pending: [0, 1].map((index) => ({
      ...{ step: 'extract_orders', attempt: 1, state: 'STARTED', lastFailure: null, since: null, nextAttempt: null },
      beat: { ...lane, lane: index, ...(text === undefined ? {} : { waiting: text }) },
    })),
  });
  for (const text of [undefined, waiting, `${waiting}, nightly backup`, undefined, waiting])
    follower.update(update(text));
  expect(said).toEqual([`  … extract_orders: ${waiting}`]);
});
