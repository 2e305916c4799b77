/** What the sandbox of every engine must do: models over rows that are written down, each trial for itself. */
import type { Engine, Sandbox } from '../../src/adapters/engine';

export function sandboxContract(name: string, engine: Engine): void {
  describe(`${name} as a sandbox`, () => {
    let sandbox: Sandbox;
    beforeAll(async () => {
      sandbox = await engine.sandbox('Europe/Berlin');
    });
    afterAll(async () => {
      await sandbox.close();
      await engine.close();
    });
    const orders = (...rows: Record<string, string>[]) => ({
      name: 'orders',
      columns: [
        { name: 'id', type: 'BIGINT' },
        { name: 'moment', type: 'TIMESTAMPTZ' },
        { name: 'amount', type: 'DECIMAL(18,4)' },
      ],
      rows,
    });
    const facts = { name: 'facts', sql: 'SELECT id, moment::DATE AS day, amount FROM orders -- the facts' };
    const days = {
      name: 'days',
      sql: "SELECT day, sum(amount) AS amount, getvariable('vip') AS vip FROM facts GROUP BY day",
    };

    it('computes models in their order, with days of its zone, and gives the rows of the last', async () => {
      const tables = [orders({ id: '1', moment: '2026-04-30T22:00:00Z', amount: '0.1' }, { id: '2', amount: '2' })];
      expect(await sandbox.compute({ variables: {}, tables, models: [facts] })).toEqual({
        columns: [
          { name: 'id', type: 'BIGINT' },
          { name: 'day', type: 'DATE' },
          { name: 'amount', type: 'DECIMAL(18,4)' },
        ],
        rows: expect.arrayContaining([
          { id: '1', day: '2026-05-01', amount: '0.1000' },
          { id: '2', day: null, amount: '2.0000' },
        ]),
        truncated: false,
      });
      const { rows } = await sandbox.compute({ variables: {}, tables, models: [facts, days] });
      expect(rows).toHaveLength(2);
    });

    it('leaves nothing to the next trial: neither tables nor variables', async () => {
      const tables = [orders({ id: '1' })];
      const vip = { vip: { type: 'BIGINT', value: '5' } } as const;
      const first = await sandbox.compute({ variables: vip, tables, models: [facts, days] });
      expect(first.rows).toEqual([{ day: null, amount: null, vip: '5' }]);
      const second = await sandbox.compute({ variables: {}, tables, models: [facts, days] });
      expect(second.rows).toEqual([{ day: null, amount: null, vip: null }]);
      await expect(sandbox.compute({ variables: vip, tables: [], models: [facts] })).rejects.toMatchObject({
        kind: 'ModelFailed',
        text: { where: 'facts', what: expect.stringContaining('orders does not exist') },
      });
      const third = await sandbox.compute({ variables: vip, tables, models: [facts, days] });
      expect(third.rows).toEqual(first.rows);
    });

    it('keeps the order of written rows, and every digit', async () => {
      const rows = Array.from({ length: 3_000 }, (_, n) => ({
        id: `${9_007_199_254_740_993n + BigInt(n)}`,
        note: null,
      }));
      const columns = [
        { name: 'id', type: 'BIGINT' },
        { name: 'note', type: 'VARCHAR' },
        { name: 'list', type: 'BIGINT[]' },
      ];
      const written = await sandbox.rows({ name: 'expect', columns, rows: [...rows, { id: '1', list: ['2', null] }] });
      expect(written.rows.slice(0, 3_000).map(({ id }) => id)).toEqual(rows.map(({ id }) => id));
      expect(written.rows.at(-1)).toEqual({ id: '1', note: null, list: ['2', null] });
      expect((await sandbox.rows({ name: 'expect', columns, rows: [] })).rows).toEqual([]);
    });

    it('is fenced: no file can be read', async () => {
      const peek = { name: 'peek', sql: `SELECT * FROM read_csv('${__filename}')` };
      await expect(sandbox.compute({ variables: {}, tables: [], models: [peek] })).rejects.toMatchObject({
        kind: 'ModelFailed',
        text: { where: 'peek', what: expect.stringContaining('Permission Error') },
      });
    });
  });
}
