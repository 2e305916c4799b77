/**
 * Models that follow changes give what a rebuild gives, over random histories of their sources: keys that move, lookups
 * that come and go, NULL keys, deletes, and layers that are written as one again. `npm run test:histories` runs the long form.
 */
import { removeTemporaryFolders } from '../dev/temporary';
import { startTestPostgres, type TestPostgres } from '../support/postgres';
import { openWorkshop } from '../support/workshop';
import { differingModels, night, publishNight, shopPipeline } from './night';
import { histories, openShop, PLAIN, randomOf } from './shop';

const HISTORIES = Number(process.env.HISTORIES ?? 1);
const FIRST_SEED = Number(process.env.SEED ?? 1);
const NIGHTS = Number(process.env.NIGHTS ?? 4);

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startTestPostgres();
});
afterAll(async () => {
  await postgres.remove();
  await removeTemporaryFolders();
});

const MODELS = {
  'models/facts.sql': `-- incremental: order_id
-- publish: true
WITH noted AS (SELECT order_id, user_id, note, total, updated_at FROM orders)
SELECT o.order_id, u.user_id, o.user_id IS NOT NULL AS given, o.note, o.total, u.country
FROM noted AS o LEFT JOIN people AS u ON u.user_id = o.user_id
`,
  // A view of its only reader.
  'models/heavy.sql': `SELECT order_id, line_no, quantity, label FROM order_items WHERE quantity > 0.5
`,
  'models/lines.sql': `-- incremental: order_id
-- publish: true
SELECT f.order_id, h.line_no, h.quantity, f.user_id, f.country, h.label,
  row_number() OVER (PARTITION BY f.order_id ORDER BY h.line_no) AS place
FROM heavy AS h JOIN facts AS f USING (order_id)
`,
  'models/labels.sql': `-- incremental: [label, country]
-- publish: true
SELECT label, country, count(*)::BIGINT AS lines, sum(quantity)::DECIMAL(18, 3) AS units FROM lines GROUP BY label, country
`,
  'models/users.sql': `-- incremental: user_id
-- publish: true
SELECT user_id, count(*)::BIGINT AS orders, sum(total)::DECIMAL(18, 2) AS total, max(note) AS note FROM facts
WHERE NOT EXISTS (FROM lines AS l WHERE l.user_id = facts.user_id AND l.label = 'p8')
GROUP BY user_id
`,
  'models/totals.sql': `-- publish: true
SELECT (SELECT count(*) FROM users) AS users, (SELECT sum(lines)::BIGINT FROM labels) AS lines
`,
};

async function history(seed: number): Promise<{ followed: number; merged: number; whole: number }> {
  const random = randomOf(seed);
  const database = `models_${seed}`;
  const workshop = await openWorkshop({ SHOP: postgres.url({ database }) });
  try {
    const shop = await openShop(postgres, database, random);
    await shop.main(`CREATE TABLE people (user_id int PRIMARY KEY, country text, visits int NOT NULL DEFAULT 0,
      updated_at timestamptz NOT NULL DEFAULT now())`);
    const person = async () => {
      const id = Math.floor(random() * 20);
      const dice = random();
      if (dice < 0.25) await shop.main(`DELETE FROM people WHERE user_id = ${id}`);
      // What nobody reads changes nothing.
      else if (dice < 0.4)
        await shop.main(`UPDATE people SET visits = visits + 1, updated_at = now() WHERE user_id = ${id}`);
      else
        await shop.main(`INSERT INTO people (user_id, country) VALUES (${id}, ${random() < 0.3 ? 'NULL' : `'c${Math.floor(random() * 3)}'`})
          ON CONFLICT (user_id) DO UPDATE SET country = excluded.country, updated_at = now()`);
    };
    const pipeline = shopPipeline(
      `models-${seed}`,
      MODELS,
      PLAIN,
      `  people:
    type: postgres
    connection: \${env:SHOP}
    table: people
    key: [user_id]
    cursor: updated_at
    columns: {user_id: INTEGER, country: VARCHAR, updated_at: TIMESTAMPTZ}
`,
    );
    for (let times = 0; times < 60; times += 1) await shop.transact();
    for (let times = 0; times < 15; times += 1) await person();
    const found = { followed: 0, merged: 0, whole: 0 };
    for (let index = 0; index < NIGHTS; index += 1) {
      const made = await night(workshop, pipeline, `m${seed}-${index}`).catch((error: unknown) => {
        if (error instanceof Error && error.message === 'settled as unchanged') return undefined;
        throw error;
      });
      if (made !== undefined) {
        expect({ seed, index, failed: made.checks.filter(({ outcome }) => outcome !== 'pass') }).toEqual({
          seed,
          index,
          failed: [],
        });
        const receipts = await publishNight(
          { ...workshop, services: { ...workshop.services, followFromRows: 0 } },
          made,
        );
        for (const { name, increment } of made.plan.models) {
          const receipt = receipts.get(name);
          if (!increment?.before || receipt?.runId !== made.runId) continue;
          if (receipt.base !== undefined) found.followed += 1;
          else if (receipt.ownRows !== undefined) found.merged += 1;
          else found.whole += 1;
        }
        expect({ seed, index, differing: await differingModels(workshop, made) }).toEqual({
          seed,
          index,
          differing: [],
        });
      }
      for (let times = Math.floor(random() * 4); times > 0; times -= 1) await shop.transact();
      for (let times = Math.floor(random() * 3); times > 0; times -= 1) await person();
    }
    return found;
  } finally {
    await workshop.close();
    await postgres.run(`DROP DATABASE IF EXISTS ${database} WITH (FORCE)`);
  }
}

test(
  `${HISTORIES} histories, from seed ${FIRST_SEED}: what follows changes equals what is rebuilt`,
  async () => {
    const found = await histories(FIRST_SEED, HISTORIES, history);
    const sum = (of: (one: (typeof found)[number]) => number) => found.reduce((total, one) => total + of(one), 0);
    // How much changes from night to night depends on the clock of the database.
    expect(sum(({ followed }) => followed)).toBeGreaterThan(HISTORIES);
    expect(sum(({ merged }) => merged)).toBeGreaterThan(0);
    expect(sum(({ whole }) => whole)).toBe(0);
  },
  60_000 + HISTORIES * 120_000,
);
