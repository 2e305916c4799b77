/**
 * Random histories of shops over many nights: transactions that stay open over cuts, clocks that jump, rows of one time,
 * changes while tables are read and while deleted rows are looked for, several lanes, first loads that take several nights,
 * deliveries that the gate rejects, and steps that die after any commit. After each night, what stood still is as the database
 * has it, and what moved is as it once was. `npm run test:histories` runs the long form. A seed repeats its history, but for
 * which rows the database's clock lets be read once more, and which of two attempts at once is quicker.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import type { Services } from '../../src/activities';
import { removeTemporaryFolders } from '../dev/temporary';
import { startTestPostgres, type TestPostgres } from '../support/postgres';
import { openWorkshop, type Workshop } from '../support/workshop';
import { type Night, night, rowsOfNight, shopPipeline } from './night';
import { histories, openShop, type Random, randomOf, seedOf, shapeOf, VERSION } from './shop';

const HISTORIES = Number(process.env.HISTORIES ?? 2);
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

interface Dying {
  readonly services: Services;
  deaths(): number;
  /** Chunks that were read and came to their commit. */
  reads(): number;
  breakOffAfter(chunks: number): void;
}

/** Draws of the attempt of an activity that asks: what goes on beside it, as its twin does, takes none of them. */
function drawsOfAttempts(): Random {
  const draws = new Map<string, Random>();
  return () => {
    const { workflowExecution, activityId, attempt } = Context.current().info;
    const place = [workflowExecution?.runId ?? '', activityId, attempt];
    const own = draws.get(place.join(' ')) ?? randomOf(seedOf(...place));
    draws.set(place.join(' '), own);
    return own();
  };
}

/**
 * Services that fail now and then just before or after a commit, and let the shop go on selling between chunks. Tables are
 * cut into some stretches; of a night that is broken off, only so many chunks are read.
 */
function dying(workshop: Workshop, shop: Shop): Dying {
  const random = drawsOfAttempts();
  let deaths = 0;
  let reads = 0;
  let chunks = Number.POSITIVE_INFINITY;
  const { services } = workshop;
  const dies = (chance: number, where: string) => {
    if (random() >= chance) return;
    deaths += 1;
    // What was read is not in the ledger yet.
    if (where === 'part.written') reads -= 1;
    throw new Error(`died at ${where}`);
  };
  return {
    deaths: () => deaths,
    reads: () => reads,
    breakOffAfter(most) {
      chunks = most;
    },
    services: {
      ...services,
      openDatabase: async (request) => {
        const source = await services.openDatabase(request);
        return {
          ...source,
          async look(asked, options) {
            const look = await source.look(asked, options);
            const bounds = await shop.bounds(Math.floor(random() * 3));
            const stretches = [...bounds, null].map((to, index) => ({
              from: bounds[index - 1] ?? null,
              to,
              records: 10,
              bytes: 1_000,
            }));
            return { ...look, stretches };
          },
          async read(chunk, targets, options) {
            if (random() < 0.5) await shop.transact(random);
            if (chunks <= 0) throw new Error('the night is over');
            chunks -= 1;
            // Chunks of a few rows, so that there are many.
            const read = await source.read({ ...chunk, records: 1 + Math.floor(random() * 25) }, targets, options);
            reads += 1;
            return read;
          },
          async keys(since, targets, options) {
            for (let times = Math.floor(random() * 4); times > 0; times -= 1) await shop.transact(random);
            await source.keys(since, targets, options);
            dies(0.2, 'keys');
          },
        };
      },
      failpoint(name) {
        services.failpoint(name);
        dies(0.1, name);
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
  touched: ReadonlySet<string>,
): string[] {
  const ids = new Set([...snapshot.keys(), ...before.keys(), ...after.keys()]);
  return [...ids].flatMap((id) => {
    const found = snapshot.get(id);
    const still = before.get(id) === after.get(id) && !touched.has(id);
    const good = still ? found === before.get(id) : shop.everWas(id).has(found);
    return good
      ? []
      : [`${id}: ${found ?? 'absent'}; was ${before.get(id) ?? 'absent'}, is ${after.get(id) ?? 'absent'}`];
  });
}

interface Told {
  readonly deaths: number;
  readonly layers: number;
  /** Nights that went on with a first load of another night. */
  readonly continued: number;
  readonly rejected: number;
}

async function history(seed: number): Promise<Told> {
  const random = randomOf(seed);
  const shape = shapeOf(random);
  const twins = random() < 0.4;
  const database = `shop_${seed}`;
  const workshop = await openWorkshop({ SHOP: postgres.url({ database }) });
  try {
    const shop = await openShop(postgres, database, random, shape);
    const late = await shop.session();
    const pipeline = shopPipeline(`shop-${seed}`, {}, shape);
    const { services, deaths, reads, breakOffAfter } = dying(workshop, shop);
    const told = { layers: 0, continued: 0, rejected: 0 };
    let nightsOpen = 0;
    for (let index = 0; index < NIGHTS; index += 1) {
      for (let times = Math.floor(random() * 25); times > 0; times -= 1) await shop.transact();
      if (nightsOpen === 0 && random() < 0.5) {
        nightsOpen = 1 + Math.floor(random() * 2);
        await late('BEGIN');
        await shop.change(late);
        // Longer than a cut is behind the clock.
        if (random() < 0.5) await wait(1_100);
      }
      for (let times = Math.floor(random() * 5); times > 0; times -= 1) await shop.transact();
      const spoilt = random() < 0.15 ? await shop.spoil() : undefined;
      await shop.remember();
      const before = await shop.state();
      shop.moved();
      breakOffAfter(index < 2 && random() < 0.5 ? Math.floor(random() * 4) : Number.POSITIVE_INFINITY);
      const made = await night(workshop, pipeline, `${seed}-${index}`, { services, twins }).catch((error: unknown) => {
        // Nothing changed at all, or not all could be read.
        if (error instanceof Error && /^settled as unchanged$|^the night is over$/.test(error.message))
          return undefined;
        throw error;
      });
      if (nightsOpen > 0) {
        nightsOpen -= 1;
        if (nightsOpen === 0) await late('COMMIT');
        await shop.remember();
      }
      const after = await shop.state();
      const touched = shop.moved();
      await spoilt?.mend();
      if (made === undefined) continue;
      const table = made.plan.sources[0]?.table;
      told.layers = Math.max(told.layers, table?.layers.length ?? 0);
      if (table?.load !== null && table?.loadId !== made.runId) told.continued += 1;
      const failed = made.checks
        .filter(({ outcome }) => outcome !== 'pass')
        .map(({ name, observed }) => ({ name, observed }));
      // The shop may have changed it, or thrown it away, while it was read.
      if (spoilt !== undefined && !made.passed) {
        told.rejected += 1;
        expect({ seed, index, failed }).toEqual({
          seed,
          index,
          failed: [expect.objectContaining({ observed: expect.stringMatching(/^1 of /) })],
        });
        continue;
      }
      expect({ seed, shape, index, failed }).toEqual({ seed, shape, index, failed: [] });
      expect({
        seed,
        shape,
        index,
        wrong: wrong(shop, await versionsOf(workshop, made), before, after, touched),
      }).toEqual({
        seed,
        shape,
        index,
        wrong: [],
      });
    }
    if (nightsOpen > 0) await late('COMMIT');
    // What is in the ledger is not read again.
    const chunks = (await workshop.services.ledger.all()).filter(({ chunk }) => chunk !== undefined);
    if (!twins) expect({ seed, reads: reads() }).toEqual({ seed, reads: chunks.length });
    // The last night is quiet: everything is as it is.
    const made = await night(workshop, pipeline, `${seed}-last`);
    const [now, rows] = [await shop.state(), await versionsOf(workshop, made)];
    expect({ seed, shape, rows: [...rows].toSorted() }).toEqual({ seed, shape, rows: [...now].toSorted() });
    return { deaths: deaths(), ...told };
  } finally {
    await workshop.close();
    await postgres.run(`DROP DATABASE IF EXISTS ${database} WITH (FORCE)`);
  }
}

test(
  `${HISTORIES} histories, from seed ${FIRST_SEED}: nothing is lost, doubled or older than it was`,
  async () => {
    const found = await histories(FIRST_SEED, HISTORIES, history);
    // The test tests something.
    if (HISTORIES < 4) return;
    const sum = (of: (history: Told) => number) => found.reduce((total, one) => total + of(one), 0);
    expect(sum(({ deaths }) => deaths)).toBeGreaterThan(HISTORIES);
    expect(Math.max(...found.map(({ layers }) => layers))).toBeGreaterThan(1);
    if (HISTORIES < 20) return;
    expect(sum(({ continued }) => continued)).toBeGreaterThan(0);
    expect(sum(({ rejected }) => rejected)).toBeGreaterThan(0);
  },
  60_000 + HISTORIES * 40_000,
);
