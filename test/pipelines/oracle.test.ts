/**
 * Random shops: the shipped models against the oracle, to the cent and in every column of every published table.
 * ORACLE_SHOPS compares that many; ORACLE_SEED, with ORACLE_PATH if only one test is run, repeats what was reported.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { openSession, REPOSITORY, type Session } from './models';
import { oracle } from './oracle';
import { withoutRate } from './oracle/orders';
import type { Sources } from './oracle/rows';
import { differencesOf } from './random/differences';
import { withLater } from './random/late';
import { compare, type Report } from './random/machine';
import { inAnyOrder, loadFiles } from './random/order';
import { type RandomShop, shops } from './random/shops';
import { brokenSums } from './random/sums';
import { load, run, tablesOf } from './random/tables';
import { definition } from './small-shop';

const { ORACLE_SHOPS, ORACLE_SEED, ORACLE_PATH } = process.env;
const count = Number(ORACLE_SHOPS ?? 20);
const fewer = Math.ceil(count / 5);
const seed = Number(ORACLE_SEED ?? Date.now() % 1_000_000_000);

jest.setTimeout(300_000 + count * 10_000);

let session: Session;
const data = mkdtempSync(path.join(tmpdir(), 'daybreak-oracle-'));
beforeAll(async () => {
  session = await openSession('UTC', 1); // with two threads it takes longer over so few rows
});
afterAll(() => {
  session.close();
  rmSync(data, { recursive: true });
});

const agree = (wrong: readonly string[]) => {
  if (wrong.length > 0) throw new Error(wrong.slice(0, 20).join('\n'));
};
/** Holds for random shops; a failure names seed and path. */
const always = async <T>(numRuns: number, shop: fc.Arbitrary<T>, holds: (shop: T) => Promise<void>) =>
  await fc.assert(fc.asyncProperty(shop, holds), { seed, numRuns, ...(ORACLE_PATH && { path: ORACLE_PATH }) });

/** A shop, and other rows of which the tables must be the same. */
interface Pair extends RandomShop {
  readonly others: Sources;
}
const pairs = (other: (shop: RandomShop) => fc.Arbitrary<Sources>): fc.Arbitrary<Pair> =>
  shops.chain((shop) => other(shop).map((others) => ({ ...shop, others })));

describe(`random shops, ORACLE_SEED=${seed}`, () => {
  it(`have the oracle's figures, whose sums agree (${count})`, async () => {
    await always(count, shops, async ({ sources, setting }) => {
      await load(session, sources, setting);
      const tables = await tablesOf(session, setting);
      agree(differencesOf(oracle(sources, setting), tables));
      agree(brokenSums(tables, setting));
    });
  });

  it(`have the same ones in any order of their rows and files (${fewer})`, async () => {
    await always(
      fewer,
      pairs(({ sources }) => inAnyOrder(sources)),
      async ({ sources, others, setting }) => {
        await loadFiles(session, others, setting, data);
        agree(differencesOf(oracle(sources, setting), await tablesOf(session, setting)));
      },
    );
  });

  it(`have the same ones with events on as_of and after it (${fewer})`, async () => {
    await always(fewer, pairs(withLater), async ({ sources, others, setting }) => {
      await load(session, others, setting);
      agree(differencesOf(oracle(sources, setting), await tablesOf(session, setting)));
    });
  });

  it('have the same ones on machines in other zones', async () => {
    const on = async (zone: string): Promise<Report> => {
      const script = path.join(__dirname, 'random', 'machine.ts');
      const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', script, String(seed), '3'], {
        cwd: REPOSITORY,
        env: { ...process.env, TZ: zone },
      });
      return JSON.parse(stdout);
    };
    const zones = ['Pacific/Apia', 'America/Los_Angeles'];
    const [here, ...there] = await Promise.all([compare(seed, 3), ...zones.map(on)]);
    expect(there).toEqual(zones.map((zone) => ({ zone, differences: [], checksum: here.checksum })));
  });

  const gate = definition.checks.find(({ name }) => name === 'every order has an exchange rate at most seven days old');
  it(`are stopped for every order without a rate, and for no other (${fewer})`, async () => {
    const someRates = ({ sources }: RandomShop) =>
      fc.subarray([...sources.fx_rates]).map((fx_rates): Sources => ({ ...sources, fx_rates }));
    const own = await openSession('UTC', 1);
    await always(fewer, pairs(someRates), async ({ others, setting }) => {
      await load(own, others, setting);
      await run(own, setting, ['fx_days', 'order_facts']);
      const stopped = await own.rows(gate?.type === 'sql' ? gate.sql : '');
      expect(stopped.map(({ order_id }) => order_id).sort()).toEqual(withoutRate(others, setting).sort());
    });
    own.close();
  });
});
