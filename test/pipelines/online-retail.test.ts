/** A year of a real shop: the models against the same rules applied to the raw file in plain TypeScript. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import {
  definitionOf,
  loadModels,
  openSession,
  pipelineFolder,
  REPOSITORY,
  runModels,
  type Session,
  setVariables,
} from './models';

const FILE = path.join(REPOSITORY, '..', 'shared', 'data', 'online-retail', 'online_retail.parquet');
const folder = pipelineFolder('examples', 'online-retail');
const definition = definitionOf(folder, { data: FILE });
const asOf = definition.to ?? '';

interface Line {
  readonly invoice: string;
  readonly product: string;
  readonly quantity: number;
  readonly at: string;
  /** Ten-thousandths of a pound; every sum stays far below 2^53. */
  readonly amount: number;
  readonly price: number;
  readonly customer: string | null;
  readonly country: string;
}

const NOT_GOODS = /^(POST|DOT|C2|M|D|S|B|BANK CHARGES|AMAZONFEE|CRUK|PADS|GIFT_.*)$/;

async function rawLines(session: Session): Promise<Line[]> {
  // One text a row is a tenth of the work of eight values, and says at once which rows are the same.
  const rows =
    await session.rows(`SELECT json_array(InvoiceNo, StockCode, Description, Quantity, strftime(InvoiceDate, '%Y-%m-%d %H:%M'),
    UnitPrice, CustomerID, Country)::VARCHAR AS line FROM lines`);
  return [...new Set(rows.map(({ line }) => String(line)))].map((line) => {
    const values = JSON.parse(line) as [string, string, string | null, number, string, number, number | null, string];
    const [invoice, code, , quantity, at, pounds, customer, country] = values;
    const price = Math.round(pounds * 10_000);
    const product = code.trim().toUpperCase();
    return {
      invoice,
      product,
      quantity,
      at,
      price,
      amount: quantity * price,
      customer: customer === null ? null : String(customer),
      country,
    };
  });
}

function tally<T>(rows: readonly T[], key: (row: T) => string, value: (row: T) => number): Map<string, number> {
  const sums = new Map<string, number>();
  for (const row of rows) sums.set(key(row), (sums.get(key(row)) ?? 0) + value(row));
  return sums;
}
/** Of two lines of one minute, the one with the higher invoice, then the larger one. */
const isLater = (a: Line, b: Line) =>
  a.at === b.at ? a.invoice > b.invoice || (a.invoice === b.invoice && a.quantity > b.quantity) : a.at > b.at;
const pounds = (amount: number) => (amount / 10_000).toFixed(4);

const there = existsSync(FILE);
if (!there) console.log(`online-retail: not tested, ${path.relative(REPOSITORY, FILE)} is not there`);
(there ? describe : describe.skip)('online retail', () => {
  let session: Session;
  let lines: Line[];
  let sales: Line[];
  let cancelled: Line[];
  let refunds: { readonly sale: Line; readonly line: Line }[];

  beforeAll(async () => {
    session = await openSession(definition.zone);
    await session.run(`CREATE TABLE lines AS FROM '${FILE}'`);
    await setVariables(session, definition, definition.from ?? '', asOf);
    await runModels(session, await loadModels(session, folder, definition));
    lines = await rawLines(session);
    const goods = lines.filter(({ invoice, product }) => !invoice.startsWith('A') && !NOT_GOODS.test(product));
    cancelled = goods.filter(({ invoice }) => invoice.startsWith('C'));
    sales = goods.filter(({ invoice, quantity, price }) => !invoice.startsWith('C') && quantity > 0 && price > 0);
    const bought = new Map<string, Line[]>();
    for (const sale of sales) {
      const key = `${sale.customer} ${sale.product}`;
      const same = bought.get(key);
      if (same === undefined) bought.set(key, [sale]);
      else same.push(sale);
    }
    refunds = cancelled.flatMap((line) => {
      if (line.customer === null) return [];
      const fit = (bought.get(`${line.customer} ${line.product}`) ?? []).filter(
        (sale) => sale.quantity >= -line.quantity && sale.at <= line.at,
      );
      const latest = fit.reduce<Line | undefined>(
        (best, sale) => (best === undefined || isLater(sale, best) ? sale : best),
        undefined,
      );
      return latest === undefined ? [] : [{ sale: latest, line }];
    });
  });
  afterAll(() => session?.close());

  it('accounts for every line and every pound of the file', async () => {
    const audit = await session.rows('FROM line_audit ORDER BY reason');
    expect(audit.reduce((sum, { lines: count }) => sum + Number(count), 0)).toBe(541_909);
    expect(await session.rows('SELECT sum(amount)::DECIMAL(18,2) AS pounds FROM line_audit')).toEqual([
      { pounds: '9747747.93' },
    ]);
    const guests = sales.filter(({ customer }) => customer === null);
    const adjusted = lines.filter(
      ({ invoice, product, quantity }) => !/^[AC]/.test(invoice) && !NOT_GOODS.test(product) && quantity <= 0,
    );
    expect(Object.fromEntries(audit.map(({ reason, lines: count }) => [reason, Number(count)]))).toEqual({
      bad_debt: 3,
      cancellation: refunds.length,
      cancellation_without_sale: cancelled.length - refunds.length,
      exact_duplicate: 541_909 - lines.length,
      pseudo_product: lines.filter(({ invoice, product }) => !invoice.startsWith('A') && NOT_GOODS.test(product))
        .length,
      sale: sales.length - guests.length,
      sale_without_customer: guests.length,
      stock_adjustment: adjusted.length,
      without_price: lines.filter(
        ({ invoice, product, quantity, price }) =>
          !/^[AC]/.test(invoice) && !NOT_GOODS.test(product) && quantity > 0 && price <= 0,
      ).length,
    });
    expect(541_909 - lines.length).toBe(5_268);
  });

  it('takes some lines back more than once, as the README says', () => {
    const taken = new Map<Line, number[]>();
    for (const { sale, line } of refunds) taken.set(sale, [...(taken.get(sale) ?? []), -line.quantity]);
    const sum = (quantities: number[]) => quantities.reduce((total, quantity) => total + quantity, 0);
    const times = [...taken.values()].filter(({ length }) => length > 1);
    const over = [...taken].filter(([sale, quantities]) => sum(quantities) > sale.quantity);
    const pair = ({ customer, product }: Line) => `${customer} ${product}`;
    const bought = tally(sales, pair, ({ quantity }) => quantity);
    const returned = tally(
      refunds,
      ({ sale }) => pair(sale),
      ({ line }) => -line.quantity,
    );
    const pairs = [...returned].filter(([key, count]) => count > (bought.get(key) ?? 0));
    expect({ times: times.length, over: over.length, pairs: pairs.length }).toEqual({
      times: 263,
      over: 57,
      pairs: 13,
    });
    expect(refunds.some(({ sale, line }) => sale.at === line.at)).toBe(true);
  });

  it('gives every customer the revenue, the orders and the units that the file has', async () => {
    const sold = sales.filter(({ at }) => at < asOf);
    const back = refunds.filter(({ line }) => line.at < asOf);
    const gross = tally(
      sold,
      ({ customer }) => String(customer),
      ({ amount }) => amount,
    );
    const returned = tally(
      back,
      ({ line }) => String(line.customer),
      ({ line }) => -line.amount,
    );
    const invoices = tally(
      [...new Map(sold.map((line) => [line.invoice, line])).values()],
      ({ customer }) => String(customer),
      () => 1,
    );
    const everybody = new Set(
      lines.filter(({ at, customer }) => customer !== null && at < asOf).map(({ customer }) => customer),
    );
    const rows = await session.rows(
      'SELECT user_id, lifetime_value, lifetime_orders FROM customer_metrics ORDER BY user_id',
    );
    expect(rows).toEqual(
      [...everybody].sort().map((id) => ({
        user_id: id,
        lifetime_value: pounds((gross.get(String(id)) ?? 0) - (returned.get(String(id)) ?? 0)),
        lifetime_orders: String(invoices.get(String(id)) ?? 0),
      })),
    );
    expect(rows.length).toBeGreaterThan(4_300);
  });

  it('gives every product its units and revenue, of guests too', async () => {
    const sold = sales.filter(({ at }) => at < asOf);
    const back = refunds.filter(({ line }) => line.at < asOf);
    const units = tally(
      sold,
      ({ product }) => product,
      ({ quantity }) => quantity,
    );
    const gross = tally(
      sold,
      ({ product }) => product,
      ({ amount }) => amount,
    );
    const returned = tally(
      back,
      ({ line }) => line.product,
      ({ line }) => -line.amount,
    );
    const rows = await session.rows('SELECT product_id, lifetime_units, lifetime_revenue FROM product_metrics');
    const products = new Set(sales.map(({ product }) => product));
    expect(new Map(rows.map((row) => [row.product_id, row]))).toEqual(
      new Map(
        [...products].map((id) => [
          id,
          {
            product_id: id,
            lifetime_units: `${units.get(id) ?? 0}.000`,
            lifetime_revenue: pounds((gross.get(id) ?? 0) - (returned.get(id) ?? 0)),
          },
        ]),
      ),
    );
  });

  it('keeps sales without a customer, and shows each day of the window', async () => {
    const guests = sales.filter(({ at, customer }) => customer === null && at < asOf);
    const [row] = await session.rows("FROM unattributed WHERE reason = 'no_user'");
    expect(row).toEqual({
      reason: 'no_user',
      lines: String(guests.length),
      orders: String(new Set(guests.map(({ invoice }) => invoice)).size),
      revenue: pounds(guests.reduce((sum, { amount }) => sum + amount, 0)),
    });
    const byDay = tally(
      sales,
      ({ at }) => at.slice(0, 10),
      ({ amount }) => amount,
    );
    const days = await session.rows('SELECT day, gross FROM daily_revenue ORDER BY day');
    expect(days).toHaveLength(28);
    for (const { day, gross } of days) expect([day, gross]).toEqual([day, pounds(byDay.get(String(day)) ?? 0)]);
    // The shop was closed on Saturdays.
    expect(days.find(({ day }) => day === '2011-11-12')).toMatchObject({ gross: '0.0000' });
  });

  it('passes its reconciliations', async () => {
    expect(await session.rows('SELECT DISTINCT difference FROM reconciliation')).toEqual([{ difference: '0.0000' }]);
    for (const check of definition.checks)
      if (check.type === 'reconcile') {
        const [both] = await session.rows(`SELECT (${check.left}) = (${check.right}) AS equal`);
        expect({ check: check.name, ...both }).toEqual({ check: check.name, equal: true });
      }
  });
});
