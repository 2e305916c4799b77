/** What every source keeps to, whatever it reads from; a source's test gives a fixture that writes its kind of file. */
import { mkdir, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PartPlan, PartRead, PartTarget, Source } from '../../src/adapters/source';
import type { Condition } from '../../src/domain/definition';

/** Columns of the contract's table: id BIGINT, name VARCHAR, amount DECIMAL(12,2). */
export interface ContractRow {
  readonly id: number;
  readonly name: string | null;
  readonly amount: string;
}

export interface ContractSettings {
  readonly path?: string;
  readonly optional?: boolean;
  readonly accept?: Condition[];
  readonly key?: string[];
  readonly part?: string;
  readonly mapping?: string;
}

export interface SourceFixture {
  /** The pipeline's folder. */
  readonly folder: string;
  /** Ending of the files, without the dot. */
  readonly extension: string;
  write(file: string, rows: readonly ContractRow[]): Promise<void>;
  source(settings: ContractSettings): Source;
  /** Rows of a Parquet file as JSON, ordered by their first column. */
  rows(parquet: string): Promise<Record<string, unknown>[]>;
  close(): Promise<void>;
}

export const table = (count: number, first = 1): ContractRow[] =>
  Array.from({ length: count }, (_, index) => ({
    id: first + index,
    name: index % 7 === 0 ? null : index % 11 === 0 ? '' : `name ${first + index}`,
    amount: `${index % 100}.25`,
  }));

export function sourceContract(kind: string, makeFixture: () => Promise<SourceFixture>): void {
  describe(`${kind} as a source`, () => {
    let fixture: SourceFixture;
    let path: string;
    let targets = 0;

    const target = (): PartTarget => {
      const scratch = join(fixture.folder, 'scratch', String(++targets));
      return { data: join(scratch, 'data.parquet'), quarantine: join(scratch, 'bad.parquet'), scratch };
    };
    const read = async (source: Source, part: PartPlan): Promise<{ made: PartRead; to: PartTarget }> => {
      const to = target();
      await mkdir(to.scratch, { recursive: true });
      return { made: await source.read(part, to), to };
    };
    const readAll = async (source: Source) => {
      const parts = await source.plan();
      const rows: Record<string, unknown>[] = [];
      let checksum = 0n;
      for (const part of parts) {
        const { made, to } = await read(source, part);
        expect(made.rows + made.quarantined).toBe(part.records);
        rows.push(...(await fixture.rows(to.data)));
        checksum += BigInt(made.keyChecksum ?? 0);
      }
      return { parts, rows, checksum };
    };
    const asRead = (rows: readonly ContractRow[]) => rows.map((row) => ({ ...row, id: String(row.id) }));
    const byId = (rows: readonly Record<string, unknown>[]) =>
      [...rows].sort((left, right) => Number(left.id) - Number(right.id));

    beforeAll(async () => {
      fixture = await makeFixture();
      path = join(fixture.folder, `in/orders.${fixture.extension}`);
    });
    beforeEach(async () => {
      await rm(join(fixture.folder, 'in'), { recursive: true, force: true });
      await mkdir(join(fixture.folder, 'in'), { recursive: true });
    });
    afterAll(async () => await fixture.close());

    test('gives every row once, over parts that cover the file without gap or overlap', async () => {
      const rows = table(8_000);
      await fixture.write(path, rows);
      const read = await readAll(fixture.source({ part: '32KB' }));
      expect(read.parts.length).toBeGreaterThan(1);
      for (const [index, part] of read.parts.entries()) {
        const before = read.parts[index - 1];
        if (before !== undefined) expect(part.from).toBe(before.to);
        expect(part.firstRecord).toBe((before?.firstRecord ?? 1) + (before?.records ?? 0));
        expect(part.file).toBe(path);
      }
      expect(byId(read.rows)).toEqual(asRead(rows));
    });

    test('gives the same checksum of keys however the parts are cut', async () => {
      await fixture.write(path, table(8_000));
      const many = await readAll(fixture.source({ part: '32KB', key: ['id'] }));
      const one = await readAll(fixture.source({ key: ['id'] }));
      expect(one.parts).toHaveLength(1);
      expect(many.checksum).toBe(one.checksum);
      expect(one.checksum).not.toBe(0n);
    });

    test('reads a part alone as in a row, also through another source object', async () => {
      await fixture.write(path, table(8_000));
      const first = fixture.source({ part: '32KB' });
      const parts = await first.plan();
      const part = parts[1] as PartPlan;
      const once = await read(first, part);
      const again = await read(fixture.source({ part: '32KB' }), part);
      expect(again.made).toEqual(once.made);
      expect(await fixture.rows(again.to.data)).toEqual(await fixture.rows(once.to.data));
    });

    test('leaves nothing but its two files', async () => {
      await fixture.write(path, table(100));
      const source = fixture.source({ accept: ['id <> 5'] });
      const [part] = await source.plan();
      const { to } = await read(source, part as PartPlan);
      expect((await readdir(to.scratch)).sort()).toEqual(['bad.parquet', 'data.parquet']);
    });

    test('lists files in the order of their names, and reads all of them', async () => {
      await fixture.write(join(fixture.folder, `in/b.${fixture.extension}`), table(10, 11));
      await fixture.write(join(fixture.folder, `in/a.${fixture.extension}`), table(10, 1));
      await mkdir(join(fixture.folder, 'in/deep/er'), { recursive: true });
      await fixture.write(join(fixture.folder, `in/deep/er/c.${fixture.extension}`), table(10, 21));
      const flat = await readAll(fixture.source({ path: `in/?.${fixture.extension}` }));
      expect(flat.rows).toEqual(asRead([...table(10, 1), ...table(10, 11)]));
      const deep = await readAll(fixture.source({ path: `in/**/*.${fixture.extension}` }));
      expect(deep.parts.map((part) => part.file.slice(fixture.folder.length))).toEqual([
        `/in/a.${fixture.extension}`,
        `/in/b.${fixture.extension}`,
        `/in/deep/er/c.${fixture.extension}`,
      ]);
    });

    test('reads a file whose name looks like a pattern', async () => {
      const odd = join(fixture.folder, `in/a[1].${fixture.extension}`);
      await fixture.write(odd, table(3));
      await fixture.write(join(fixture.folder, `in/a1.${fixture.extension}`), table(5));
      expect((await readAll(fixture.source({ path: `in/a[1].${fixture.extension}` }))).rows).toHaveLength(3);
    });

    test('sets rows aside that are not accepted, with number and reason', async () => {
      const rows = table(1000);
      await fixture.write(path, rows);
      const source = fixture.source({ accept: ['amount < 99', 'id <> 7'] });
      const [part] = await source.plan();
      const { made, to } = await read(source, part as PartPlan);
      expect(made).toMatchObject({ rows: 989, quarantined: 11 });
      const bad = await fixture.rows(to.quarantine);
      expect(bad).toHaveLength(11);
      expect(bad[0]).toMatchObject({ file: `in/orders.${fixture.extension}` });
      const found = byId(bad.map((row) => ({ ...row, id: row.record })));
      expect(found[0]).toMatchObject({ record: '7', reason: 'not accepted: id <> 7' });
      expect(found[1]).toMatchObject({ record: '100', reason: 'not accepted: amount < 99' });
      expect(String(found[0]?.raw)).toContain('name 7');
    });

    test('says in declared words what is wrong with a value', async () => {
      await fixture.write(path, table(20));
      const about = (column: string, expression: string) => ({ column, expression, reason: "isn't wanted" });
      const source = fixture.source({ accept: [about('id', 'id <> 5'), about('name', 'id <> 6 OR name = \'a "b"\'')] });
      const [part] = await source.plan();
      const { to } = await read(source, part as PartPlan);
      const reasons = (await fixture.rows(to.quarantine)).map(({ record, reason }) => `${record} ${reason}`);
      expect(reasons.toSorted()).toEqual([`5 id: "5" isn't wanted`, `6 name: "name 6" isn't wanted`]);
    });

    test('a condition that is NULL is not met', async () => {
      await fixture.write(path, table(14));
      const source = fixture.source({ accept: ["name <> 'x'"] });
      const [part] = await source.plan();
      expect((await read(source, part as PartPlan)).made).toMatchObject({ rows: 12, quarantined: 2 });
    });

    test('applies the mapping, and says the schema that it gave', async () => {
      await fixture.write(path, table(3));
      const source = fixture.source({
        mapping: 'WITH s AS (SELECT * FROM source) SELECT id * 2 AS twice, amount FROM s; ',
        key: ['twice'],
      });
      const [part] = await source.plan();
      const { made, to } = await read(source, part as PartPlan);
      expect(made.schema).toEqual([
        { name: 'twice', type: 'BIGINT' },
        { name: 'amount', type: 'DECIMAL(12,2)' },
      ]);
      expect(made.keyChecksum).toMatch(/^\d+$/);
      expect(await fixture.rows(to.data)).toEqual([
        { twice: '2', amount: '0.25' },
        { twice: '4', amount: '1.25' },
        { twice: '6', amount: '2.25' },
      ]);
    });

    test.each([
      ['drops rows', 'SELECT * FROM source WHERE id > 1', 'drops or doubles rows'],
      ['is no SQL', 'SELECT nothing FROM source', 'nothing'],
    ])('refuses a mapping that %s', async (_, mapping, words) => {
      await fixture.write(path, table(3));
      const source = fixture.source({ mapping });
      const [part] = await source.plan();
      const failure = read(source, part as PartPlan);
      await expect(failure).rejects.toMatchObject({ name: 'DaybreakError', kind: 'BadDefinition' });
      await expect(failure).rejects.toThrow(words);
    });

    test('without key there is no checksum', async () => {
      await fixture.write(path, table(3));
      const source = fixture.source({});
      const [part] = await source.plan();
      expect((await read(source, part as PartPlan)).made.keyChecksum).toBeNull();
    });

    test.each(['grown', 'touched', 'gone'])(
      'fails as SourceChanged when the file has %s since the plan',
      async (how) => {
        await fixture.write(path, table(100));
        const source = fixture.source({});
        const [part] = await source.plan();
        if (how === 'grown') await fixture.write(path, table(101));
        if (how === 'touched') await utimes(path, 1, 1);
        if (how === 'gone') await rm(path);
        await expect(read(source, part as PartPlan)).rejects.toMatchObject({ kind: 'SourceChanged' });
      },
    );

    test('a file that is not there is a failure, or nothing where it is optional', async () => {
      await expect(fixture.source({ path: 'in/no*' }).plan()).rejects.toMatchObject({ kind: 'MissingFile' });
      await expect(fixture.source({ path: 'in/none' }).plan()).rejects.toThrow('in/none');
      await expect(fixture.source({ path: 'in/no*', optional: true }).plan()).resolves.toEqual([]);
    });

    test('a file without rows has no parts', async () => {
      await fixture.write(path, []);
      await expect(fixture.source({}).plan()).resolves.toEqual([]);
    });

    test('a file of something else is not as declared, and is named', async () => {
      await writeFile(path, 'PK\u0003\u0004 something else altogether');
      const failure = fixture.source({}).plan();
      await expect(failure).rejects.toMatchObject({ kind: 'NotAsDeclared' });
      await expect(failure).rejects.toThrow(`in/orders.${fixture.extension}`);
    });

    test('tells how far it is', async () => {
      await fixture.write(path, table(5_000));
      const source = fixture.source({});
      const planned: number[] = [];
      const [part] = await source.plan({ onProgress: (done, total) => planned.push(done / total) });
      expect(planned.at(-1)).toBe(1);
      const done: number[] = [];
      await mkdir(target().scratch, { recursive: true });
      await source.read(part as PartPlan, target(), { onProgress: (records) => done.push(records) });
      expect(done.at(-1)).toBe(5_000);
      expect(done).toEqual([...done].sort((left, right) => left - right));
    });

    test('stops when it is told to, and takes back what it wrote', async () => {
      await fixture.write(path, table(1_000));
      const source = fixture.source({});
      const stop = new AbortController();
      stop.abort();
      await expect(source.plan({ signal: stop.signal })).rejects.toMatchObject({ name: 'AbortError' });
      const [part] = await source.plan();
      const to = target();
      await mkdir(to.scratch, { recursive: true });
      const later = new AbortController();
      const reading = source.read(part as PartPlan, to, { signal: later.signal, onProgress: () => later.abort() });
      await expect(reading).rejects.toMatchObject({ name: 'AbortError' });
      expect(await readdir(to.scratch)).toEqual([]);
      expect((await stat(path)).size).toBe((part as PartPlan).size);
    });
  });
}
