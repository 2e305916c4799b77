/** What every engine must do; `open` gives a running one, `kill` ends its process as a crash would. */
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Engine, Workspace } from '../../src/adapters/engine';
import type { Check } from '../../src/domain/definition';

const ENDLESS = 'SELECT sum(a.range * b.range) FROM range(10000000) a, range(1000000) b';

export function engineContract(name: string, open: () => { engine: Engine; kill(): void }): void {
  describe(`${name} as an engine`, () => {
    const { engine, kill } = open();
    let folder = '';
    let serial = 0;
    const workspace = async (settings: Partial<Parameters<Engine['workspace']>[0]> = {}): Promise<Workspace> => {
      serial += 1;
      return await engine.workspace({
        id: `w${serial}`,
        folder,
        zone: 'Europe/Berlin',
        variables: {},
        memoryBytes: 300_000_000,
        threads: 2,
        ...settings,
      });
    };
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'daybreak-engine-'));
    });
    afterAll(async () => {
      await engine.close();
      await rm(folder, { recursive: true, force: true });
    });

    it.each([
      ['SELECT * FROM a JOIN b USING (x)', ['a', 'b']],
      ['WITH a AS (SELECT * FROM a) SELECT * FROM a, c', ['a', 'c']],
      ['WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r WHERE n < 3) SELECT * FROM r', []],
      ['SELECT (SELECT max(x) FROM d), x IN (SELECT y FROM e) FROM "odd name"', ['d', 'e', 'odd name']],
      ['SELECT 1 FROM a UNION ALL SELECT 2 FROM b EXCEPT SELECT 3 FROM c', ['a', 'b', 'c']],
      ['SELECT * FROM range(3), a', ['a']],
    ])('reads what %s depends on', async (sql, reads) => {
      const [parsed] = await engine.parse([sql]);
      expect([...new Set(parsed?.reads.map((read) => read.name))].toSorted()).toEqual(reads);
      expect(parsed?.problem).toBeUndefined();
    });

    it.each([
      ['SELECT * FROM', 'syntax error at end of input'],
      ['SELECT 1; SELECT 2', 'expected one SELECT, got 2 statements'],
      ["COPY a TO 'x'", 'expected one SELECT, got another statement'],
      [
        "SELECT * FROM read_csv('/etc/passwd')",
        'models read tables, not read_csv(…); declare what it reads as a source',
      ],
      ['SELECT * FROM main.a', 'models read tables by their bare name, got main.a'],
      ['SELECT $x FROM a', "parameters are read with getvariable('name'), not with $name or ?"],
    ])('refuses %s', async (sql, message) => {
      const [parsed] = await engine.parse([sql]);
      expect(parsed?.problem?.message).toBe(message);
    });

    it.each(['WHERE a > 1', 'GROUP BY a', 'ORDER BY a', 'LIMIT 1', 'QUALIFY true'])(
      'finds that %s is not row-wise',
      async (clause) => {
        const [parsed] = await engine.parse([`SELECT a FROM source ${clause}`]);
        expect(parsed?.notRowWise?.message).toContain('a mapping is row-wise');
      },
    );

    it('finds an aggregate, a window and another table in a mapping, and lets expressions be', async () => {
      const parsed = await engine.parse([
        'SELECT sum(a) FROM source',
        'SELECT row_number() OVER () FROM source',
        'SELECT a FROM other',
        'SELECT upper(a) AS a, b + 1 AS b FROM source',
      ]);
      expect(parsed.map(({ notRowWise }) => notRowWise === undefined)).toEqual([false, false, false, true]);
    });

    it('writes a table and reads it back with exact values', async () => {
      const run = await workspace({
        variables: { vip: { type: 'DECIMAL(18,4)', value: '1000.5' }, as_of: { type: 'DATE', value: '2026-11-25' } },
      });
      const path = join(folder, 'exact.parquet');
      const written = await run.write(
        "SELECT getvariable('vip') AS vip, getvariable('as_of') AS day, 9007199254740993::BIGINT AS big, '2026-03-29T00:30:00Z'::TIMESTAMPTZ::DATE AS local",
        path,
        { compression: 'snappy' },
      );
      expect(written).toEqual({
        rows: 1,
        schema: [
          { name: 'vip', type: 'DECIMAL(18,4)' },
          { name: 'day', type: 'DATE' },
          { name: 'big', type: 'BIGINT' },
          { name: 'local', type: 'DATE' },
        ],
      });
      await run.table('t', [path], written.schema);
      expect((await run.query('FROM t')).rows).toEqual([
        { vip: '1000.5000', day: '2026-11-25', big: '9007199254740993', local: '2026-03-29' },
      ]);
      expect(await run.keyChecksum('t', ['big'])).toMatchObject({ rows: 1 });
    });

    it("tells instants in UTC, whatever the machine's zone is, and columns of one name apart", async () => {
      const run = await workspace({ zone: 'America/New_York' });
      const sql = "SELECT TIMESTAMPTZ '2026-07-01 12:00:00+02' AS at, 1 AS n, 2 AS n";
      const { columns, rows } = await run.query(sql);
      expect(rows).toEqual([{ at: '2026-07-01 10:00:00+00', n: 1, 'n:1': 2 }]);
      expect(columns.map(({ name: column }) => column)).toEqual(['at', 'n', 'n:1']);
    });

    it('counts a check that takes too long as one that cannot be measured, and goes on with the others', async () => {
      const run = await workspace();
      await run.view('checked', 'SELECT 1 AS id');
      const slow: Check = { type: 'sql', name: 'slow', sql: ENDLESS, severity: 'warn' };
      const quick: Check = { type: 'row_count', min: 1, severity: 'error' };
      const [first, second] = await run.measure(
        [
          { check: slow, subject: 'checked' },
          { check: quick, subject: 'checked' },
        ],
        { deadlineMs: 300 },
      );
      expect(first?.measurement).toMatchObject({ error: expect.stringContaining('longer than') });
      expect(second?.measurement).toMatchObject({ passed: true });
    });

    it('makes an empty table of columns', async () => {
      const run = await workspace();
      await run.table('none', [], [{ name: 'a', type: 'BIGINT' }]);
      expect(await run.query('FROM none')).toEqual({
        columns: [{ name: 'a', type: 'BIGINT' }],
        rows: [],
        truncated: false,
      });
    });

    it('is fenced: nothing outside of its folder can be read, written or attached', async () => {
      const run = await workspace();
      const outside = join(tmpdir(), `daybreak-outside-${process.pid}`);
      await writeFile(`${outside}.csv`, 'secret\n1\n');
      for (const sql of [
        `SELECT * FROM read_csv('${outside}.csv')`,
        `COPY (SELECT 1) TO '${outside}.parquet'`,
        `ATTACH '${outside}.db' AS x`,
        'INSTALL httpfs',
        'SET enable_external_access = true',
        "SET memory_limit = '9GB'",
      ]) {
        await expect(run.query(sql)).rejects.toMatchObject({ kind: 'ModelFailed' });
      }
      expect([existsSync(`${outside}.parquet`), existsSync(`${outside}.db`)]).toEqual([false, false]);
      await rm(`${outside}.csv`);
    });

    it('stops a query at its deadline, and at once when it is told to', async () => {
      const run = await workspace();
      await expect(run.query(ENDLESS, { deadlineMs: 300 })).rejects.toMatchObject({ kind: 'DeadlineExceeded' });
      const stop = new AbortController();
      setTimeout(() => stop.abort(), 200);
      const started = Date.now();
      await expect(run.query(ENDLESS, { signal: stop.signal })).rejects.toMatchObject({ name: 'AbortError' });
      expect(Date.now() - started).toBeLessThan(3_000);
      expect((await run.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    });

    it('stops what only waits at once, and leaves what runs before it alone', async () => {
      const [mine, other] = [await workspace(), await workspace()];
      await other.query('SELECT 1');
      const stop = new AbortController();
      let begun: () => void = () => undefined;
      const runs = new Promise<void>((resolve) => {
        begun = resolve;
      });
      const stopRunning = new AbortController();
      const running = mine.query(ENDLESS, { signal: stopRunning.signal, onProgress: () => begun() });
      await runs;
      const waiting = [
        other.query('SELECT 2', { signal: stop.signal }),
        // Its session is not open yet either.
        (await workspace()).query('SELECT 3', { signal: stop.signal }),
        other.view('later', 'SELECT 4', { signal: stop.signal }),
      ];
      const settled = Promise.allSettled(waiting);
      const asked = Date.now();
      stop.abort();
      expect(
        (await settled).map((end) => (end.status === 'rejected' ? (end.reason as Error).name : end.status)),
      ).toEqual(waiting.map(() => 'AbortError'));
      expect(Date.now() - asked).toBeLessThan(1_000);
      // Longer than the grace after which a query that does not stop takes its process along.
      await new Promise((resolve) => setTimeout(resolve, 3_000));
      stopRunning.abort();
      await expect(running).rejects.toMatchObject({ name: 'AbortError' });
      expect((await other.query('SELECT 5 AS five')).rows).toEqual([{ five: 5 }]);
    });

    it('runs out of memory as a failure of its own', async () => {
      const run = await workspace({ memoryBytes: 30_000_000 });
      await expect(run.query('SELECT length(list(range)) AS n FROM range(200000000)')).rejects.toMatchObject({
        kind: 'OutOfMemory',
      });
    });

    it('fails what was running when its process dies, and works again after', async () => {
      const run = await workspace();
      const running = run.query(ENDLESS, { onProgress: () => kill() });
      await expect(running).rejects.toMatchObject({ kind: 'EngineCrashed' });
      await expect(run.query('SELECT 1')).rejects.toMatchObject({ kind: 'EngineCrashed' });
      expect((await (await workspace()).query('SELECT 2 AS two')).rows).toEqual([{ two: 2 }]);
    });

    const severity = 'error' as const;
    it.each<[string, Check, boolean, string]>([
      [
        'not_null',
        { type: 'not_null', columns: ['id', 'name'], max_share: 0, severity },
        false,
        '1 of 4 rows (25.000 %)',
      ],
      [
        'not_null within its share',
        { type: 'not_null', columns: ['name'], max_share: 0.25, severity },
        true,
        '1 of 4 rows (25.000 %)',
      ],
      [
        'not_null just over its share',
        { type: 'not_null', columns: ['name'], max_share: 0.2499, severity },
        false,
        '1 of 4 rows (25.000 %)',
      ],
      ['unique', { type: 'unique', columns: ['id'], severity }, false, '1 values more than once'],
      [
        'unique over two columns',
        { type: 'unique', columns: ['id', 'name'], severity },
        true,
        '0 values more than once',
      ],
      [
        'accepted_values',
        { type: 'accepted_values', column: 'name', values: ['a', 'b'], max_share: 0, severity },
        false,
        '1 of 4 rows (25.000 %)',
      ],
      [
        'range',
        { type: 'range', column: 'amount', min: 0, max: '9.99', max_share: 0, severity },
        false,
        '2 of 4 rows (50.000 %)',
      ],
      ['row_count', { type: 'row_count', min: 4, max: 4, severity }, true, '4 rows'],
      [
        'references',
        { type: 'references', columns: ['id'], to: 'parents', max_share: 0, severity },
        false,
        '1 of 4 rows (25.000 %)',
      ],
      [
        'freshness',
        { type: 'freshness', column: 'seen', max_age: '1d', severity },
        true,
        'newest 2026-11-24 12:00:00+01',
      ],
      [
        'freshness, too old',
        { type: 'freshness', column: 'seen', max_age: '11h', severity },
        false,
        'newest 2026-11-24 12:00:00+01',
      ],
      [
        'expression',
        { type: 'expression', expression: 'amount > 0', max_share: 0, severity },
        false,
        '1 of 4 rows (25.000 %)',
      ],
      [
        'reconcile',
        { type: 'reconcile', name: 'r', left: 'SELECT sum(amount) FROM checked', right: 'SELECT 12.49', severity },
        false,
        '12.50 and 12.49, difference 0.01',
      ],
      // a: (1/4 - 1/2) ln(1/2), c: (1/4 - 1/10000) ln(2500); b and NULL have a quarter in both.
      ['drift', { type: 'drift', column: 'name', max: 2.1285, severity }, false, '2.1285'],
      ['drift, within its limit', { type: 'drift', column: 'name', max: 2.1286, severity }, true, '2.1285'],
      // 1, 2, 2, 3 against 3, 1, 2, 2
      ['drift, none', { type: 'drift', column: 'id', max: 0.000001, severity }, true, '0.0000'],
      ['sql', { type: 'sql', name: 's', sql: 'SELECT * FROM checked WHERE id = 2', severity }, false, '2 rows'],
    ])('measures %s', async (_, check, passed, observed) => {
      const run = await workspace({ variables: { as_of: { type: 'DATE', value: '2026-11-25' } } });
      await run.view(
        'checked',
        "SELECT * FROM (VALUES (1, 'a', -1.00, TIMESTAMPTZ '2026-11-24 12:00:00+01'), (2, 'b', 1.00, NULL), (2, 'c', 2.50, NULL), (3, NULL, 10.00, TIMESTAMPTZ '2026-11-25 00:00:00+01')) AS t(id, name, amount, seen)",
      );
      await run.view('live checked', "SELECT * FROM (VALUES (3, 'a'), (1, 'a'), (2, 'b'), (2, NULL)) AS t(id, name)");
      await run.view('parents', 'SELECT * FROM (VALUES (1), (2)) AS t(id)');
      const broken: Check = { type: 'expression', expression: 'no_such_column', max_share: 0, severity };
      const [measured, other] = await run.measure(
        [
          { check, subject: 'checked' },
          { check: broken, subject: 'checked' },
        ],
        {},
      );
      expect(measured?.measurement).toMatchObject({ passed, observed });
      expect(measured?.sample === null).toBe(
        passed || check.type === 'row_count' || check.type === 'reconcile' || check.type === 'freshness',
      );
      // The neighbour's mistake is the neighbour's.
      expect(other?.measurement).toHaveProperty('error');
    });
  });
}
