/**
 * Random histories of a shop over many nights: transactions that stay open over a cut, rows of one time, changes while the
 * table is read, deletes, and steps that die after any commit. After each night, what stood still is as the database has it,
 * and what moved is as it once was. `HISTORIES=200 npx jest test/increments/histories` runs the long form.
 */
import type { Services } from '../../src/activities';
import { removeTemporaryFolders } from '../dev/temporary';
import { startTestPostgres, type TestPostgres } from '../support/postgres';
import { openWorkshop, type Workshop } from '../support/workshop';
import { type Night, night, rowsOfNight, shopPipeline } from './night';
import { openShop, type Random, randomOf, VERSION } from './shop';

const HISTORIES = Number(process.env.HISTORIES ?? 3);
const FIRST_SEED = Number(process.env.SEED ?? 1);
const NIGHTS = 5;

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startTestPostgres();
});
afterAll(async () => {
  await postgres.remove();
  await removeTemporaryFolders();
});

type Shop = Awaited<ReturnType<typeof openShop>>;

/** Services that fail now and then just before or after a commit, and let the shop go on selling between chunks. */
function dying(workshop: Workshop, random: Random, shop: Shop): { services: Services; deaths: () => number } {
  let deaths = 0;
  const { services } = workshop;
  return {
    deaths: () => deaths,
    services: {
      ...services,
      openDatabase: async (request) => {
        const source = await services.openDatabase(request);
        return {
          ...source,
          async read(chunk, targets, options) {
            if (random() < 0.5) await shop.transact();
            // Chunks of a few rows, so that there are many.
            return await source.read({ ...chunk, records: 1 + Math.floor(random() * 25) }, targets, options);
          },
        };
      },
      failpoint(name) {
        services.failpoint(name);
        if (random() >= 0.12) return;
        deaths += 1;
        throw new Error(`died at ${name}`);
      },
    },
  };
}

async function versionsOf(workshop: Workshop, made: Night): Promise<Map<string, string>> {
  const rows = await rowsOfNight(workshop, made, `SELECT o.order_id AS id, ${VERSION} AS version FROM orders AS o`);
  return new Map(rows.map(({ id, version }) => [String(id), String(version)]));
}

/** Rows that are neither what the database had all the time nor, where it changed, what it once had. */
function wrong(
  shop: Shop,
  snapshot: ReadonlyMap<string, string>,
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): string[] {
  const ids = new Set([...snapshot.keys(), ...before.keys(), ...after.keys()]);
  return [...ids].flatMap((id) => {
    const found = snapshot.get(id);
    const still = before.get(id) === after.get(id);
    const good = still ? found === before.get(id) : shop.everWas(id).has(found);
    return good
      ? []
      : [`${id}: ${found ?? 'absent'}; was ${before.get(id) ?? 'absent'}, is ${after.get(id) ?? 'absent'}`];
  });
}

async function history(seed: number): Promise<{ deaths: number; layers: number }> {
  const random = randomOf(seed);
  const database = `shop_${seed}`;
  const workshop = await openWorkshop({ SHOP: postgres.url({ database }) });
  try {
    const shop = await openShop(postgres, database, random);
    const late = await shop.session();
    const pipeline = shopPipeline(`shop-${seed}`);
    const { services, deaths } = dying(workshop, random, shop);
    let layers = 0;
    for (let index = 0; index < NIGHTS; index += 1) {
      for (let times = Math.floor(random() * 25); times > 0; times -= 1) await shop.transact();
      const holdsOpen = random() < 0.6;
      if (holdsOpen) {
        await late('BEGIN');
        await shop.change(late);
      }
      for (let times = Math.floor(random() * 5); times > 0; times -= 1) await shop.transact();
      const before = await shop.state();
      const made = await night(workshop, pipeline, `${seed}-${index}`, { services }).catch((error: unknown) => {
        // Nothing changed at all.
        if (error instanceof Error && error.message === 'settled as unchanged') return undefined;
        throw error;
      });
      if (holdsOpen) {
        await late('COMMIT');
        await shop.remember();
      }
      const after = await shop.state();
      if (made === undefined) continue;
      layers = Math.max(layers, made.plan.sources[0]?.table?.layers.length ?? 0);
      expect({ seed, index, failed: made.checks.filter(({ outcome }) => outcome !== 'pass') }).toEqual({
        seed,
        index,
        failed: [],
      });
      expect({ seed, index, wrong: wrong(shop, await versionsOf(workshop, made), before, after) }).toEqual({
        seed,
        index,
        wrong: [],
      });
    }
    // The last night is quiet: everything is as it is.
    const made = await night(workshop, pipeline, `${seed}-last`, {}).catch(() => undefined);
    if (made !== undefined) {
      const now = await shop.state();
      expect({ seed, rows: [...(await versionsOf(workshop, made))].toSorted() }).toEqual({
        seed,
        rows: [...now].toSorted(),
      });
    }
    return { deaths: deaths(), layers };
  } finally {
    await workshop.close();
  }
}

test(
  `${HISTORIES} histories, from seed ${FIRST_SEED}: nothing is lost, doubled or older than it was`,
  async () => {
    const found = [];
    for (let seed = FIRST_SEED; seed < FIRST_SEED + HISTORIES; seed += 1) found.push(await history(seed));
    // The test tests something: steps died, and snapshots had layers.
    expect(found.reduce((sum, { deaths }) => sum + deaths, 0)).toBeGreaterThan(HISTORIES);
    expect(Math.max(...found.map(({ layers }) => layers))).toBeGreaterThan(1);
  },
  60_000 + HISTORIES * 40_000,
);
