/** The gates that look at the data as a whole, each where it closes and where it does not. The last day is 2026-04-25. */
import { after, modelChecks, SOUND } from './gates';
import type { Session } from './models';
import { openShop } from './small-shop';

let session: Session;
beforeAll(async () => {
  session = await openShop(SOUND);
});
afterAll(() => session.close());

const said = async (...sources: string[]) => await after(session, modelChecks, { sources });
const saidWith = async (parameters: Record<string, number>, ...sources: string[]) =>
  await after(session, modelChecks, { sources, parameters });
const ANY_NUMBER = { min_order_records: 0 };
const LAST = 'order_id <= 20';
/** In the first of the eight weeks before, the one next to the last day. */
const WEEK_BEFORE = 'order_id BETWEEN 21 AND 40';

it('passes a sound shop', async () => {
  expect(await said()).toEqual({});
});

describe('every order has an exchange rate at most seven days old', () => {
  const RATE = { 'order_facts: every order has an exchange rate at most seven days old': 'fail' };
  const foreign = (day: string) => [
    `UPDATE fx_rates SET day = '${day}'`,
    "UPDATE orders SET currency = 'USD' WHERE order_id = 1",
  ];
  it('or the run stops', async () => {
    expect(await said(...foreign('2026-04-17'))).toMatchObject(RATE);
    expect(await said(...foreign('2026-04-26'))).toMatchObject(RATE);
  });
  it('and seven days are not too old', async () => {
    expect(await said(...foreign('2026-04-18'))).toEqual({});
  });
  it('unless it is not before as_of', async () => {
    expect(
      await said(
        "INSERT INTO orders VALUES (999, 1, 'paid', '2026-04-26T00:00:00+02:00', 'GBP', '2026-04-26T00:00:00Z')",
      ),
    ).toEqual({});
  });
});

describe('the last day', () => {
  const EMPTY = 'days: the last day has orders where its weekday always had some';
  const EARLIER = 'days: no day of the two weeks before is empty where its weekday always had orders';
  const FEW = 'days: orders and revenue of the last day are at least half of the weakest of eight weeks';
  const NONE = { [EMPTY]: 'fail', [FEW]: 'warn' };

  it.each([
    ['has no order', `UPDATE orders SET ordered_at = ordered_at - INTERVAL 1 DAY WHERE ${LAST}`],
    ['has only cancelled orders', `UPDATE orders SET status = 'cancelled' WHERE ${LAST}`],
    ['has only pending orders', `UPDATE orders SET status = 'pending' WHERE ${LAST}`],
    ['has only orders without lines', `DELETE FROM order_items WHERE ${LAST}`],
  ])('stops the run when it %s', async (_, sql) => {
    expect(await saidWith(ANY_NUMBER, 'DELETE FROM refunds', sql)).toEqual(NONE);
  });
  it('stops the run when it has only refunds of earlier orders', async () => {
    const moved = `UPDATE orders SET ordered_at = ordered_at - INTERVAL 1 DAY WHERE ${LAST}`;
    const refund = "INSERT INTO refunds VALUES (999, 21, 1, NULL, 1, '2026-04-25T12:00:00Z')";
    expect(await said(moved, refund)).toEqual(NONE);
  });
  it('may be empty where its weekday was empty once, or had only cancelled orders', async () => {
    const empty = `DELETE FROM orders WHERE ${LAST}`;
    const none = 'DELETE FROM refunds';
    const once = `UPDATE orders SET status = 'cancelled' WHERE ${WEEK_BEFORE}`;
    expect(await saidWith(ANY_NUMBER, none, empty, once)).toEqual({});
    expect(await saidWith(ANY_NUMBER, none, empty, "UPDATE orders SET status = 'cancelled'")).toEqual({});
  });
  it('is not held against orders of other weekdays', async () => {
    const moved = `UPDATE orders SET ordered_at = ordered_at + INTERVAL 1 DAY WHERE ${WEEK_BEFORE}`;
    expect(await saidWith(ANY_NUMBER, 'DELETE FROM refunds', `DELETE FROM orders WHERE ${LAST}`, moved)).toEqual({});
  });

  it('is missed later too, where its weekday always had orders', async () => {
    const fridays = 'UPDATE orders SET ordered_at = ordered_at - INTERVAL 1 DAY';
    const empty = `DELETE FROM orders WHERE ordered_at::DATE = '2026-04-24'`;
    const before = `DELETE FROM orders WHERE ordered_at::DATE = '2026-04-17'`;
    const none = 'DELETE FROM refunds';
    expect(await saidWith(ANY_NUMBER, none, fridays, empty)).toEqual({ [EARLIER]: 'warn' });
    expect(await saidWith(ANY_NUMBER, none, fridays)).toEqual({});
    expect(await saidWith(ANY_NUMBER, none, fridays, empty, before)).toEqual({});
  });

  it.each([
    { what: 'nine orders of twenty', sql: 'DELETE FROM orders WHERE order_id <= 11', warned: true },
    { what: 'ten orders of twenty', sql: 'DELETE FROM orders WHERE order_id <= 10', warned: false },
    {
      what: 'nine orders that earn more than twenty',
      sql: `DELETE FROM orders WHERE order_id <= 11; UPDATE order_items SET unit_price = 30 WHERE ${LAST}`,
      warned: true,
    },
    { what: 'revenue of 99.9 of 200', sql: `UPDATE order_items SET unit_price = 4.995 WHERE ${LAST}`, warned: true },
    { what: 'revenue of 100 of 200', sql: `UPDATE order_items SET unit_price = 5 WHERE ${LAST}`, warned: false },
    {
      what: 'refunds of more than half',
      sql: "INSERT INTO refunds VALUES (1, 21, 1, NULL, 100.1, '2026-04-25T18:00:00Z')",
      warned: true,
    },
    {
      what: 'nothing where a week had less than twenty orders',
      sql: 'DELETE FROM orders WHERE order_id <= 19 OR order_id = 40',
      warned: false,
    },
  ])('is warned of: $warned, for $what', async ({ sql, warned }) => {
    const found = await saidWith(ANY_NUMBER, 'DELETE FROM refunds', sql);
    expect(found[FEW]).toBe(warned ? 'warn' : undefined);
    expect(found[EMPTY]).toBeUndefined();
  });
});

describe('thresholds', () => {
  const ENOUGH = 'days: enough orders (min_order_records)';
  it('stop the run below the fewest customers', async () => {
    expect(await saidWith({ min_customer_records: 4 })).toEqual({
      'customer_metrics: enough customers (min_customer_records)': 'fail',
    });
  });
  it('count recognised orders before as_of', async () => {
    expect(await saidWith({ min_order_records: 181 })).toEqual({ [ENOUGH]: 'fail' });
    const today = "ordered_at = '2026-04-26T00:00:00+02:00'";
    for (const change of [`SET ${today}`, "SET status = 'pending'"])
      expect(await said(`UPDATE orders ${change} WHERE order_id = 180`, 'DELETE FROM refunds')).toMatchObject({
        [ENOUGH]: 'fail',
      });
  });
  // 5 % of 180 are 9.
  const USERS = 'order_facts: few enough orders without a user (max_null_percentage)';
  const PRODUCTS = 'product_days: few enough lines without a product (max_null_percentage)';
  it.each([
    [USERS, 'UPDATE orders SET user_id = NULL WHERE order_id <='],
    [PRODUCTS, 'UPDATE order_items SET product_id = NULL WHERE order_id <='],
  ])('%s', async (gate, sql) => {
    expect(await said(`${sql} 9`)).toEqual({});
    expect(await said(`${sql} 10`)).toEqual({ [gate]: 'fail' });
    expect(await saidWith({ max_null_percentage: 5.6 }, `${sql} 10`)).toEqual({});
  });
  it('look away from what is not before as_of', async () => {
    const later = `SELECT 1000 + n, NULL, 'paid', TIMESTAMPTZ '2026-04-26T00:00:00+02:00', 'EUR', now() FROM range(500) AS t(n)`;
    const lines = (product: string) =>
      `INSERT INTO order_items SELECT order_id, 1, ${product}, 1, 1, NULL FROM orders WHERE order_id >= 1000`;
    expect(await said(`INSERT INTO orders ${later}`, lines('NULL'))).toEqual({});
    // Nor do they make up for what is missing before.
    const users = later.replace('NULL', '1');
    const missing = [
      'UPDATE orders SET user_id = NULL WHERE order_id <= 10',
      'UPDATE order_items SET product_id = NULL WHERE order_id <= 10',
    ];
    expect(await said(...missing, `INSERT INTO orders ${users}`, lines('1'))).toEqual({
      [USERS]: 'fail',
      [PRODUCTS]: 'fail',
    });
  });
});
