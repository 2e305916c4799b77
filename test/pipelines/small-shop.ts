/** Shops of a few rows in the declared types, with the models of customer-analytics over them. */
import type { Definition } from '../../src/domain/definition';
import {
  definitionOf,
  loadModels,
  type Model,
  openSession,
  pipelineFolder,
  runModels,
  type Session,
  setVariables,
} from './models';

type Value = string | number | boolean | null | undefined;
type Id = string | number;
/** Columns by name; those that are left out are NULL. */
type Row = Readonly<Record<string, Value>>;

export interface Shop {
  readonly zone?: string;
  /** By default 2026-03-29 and 2026-04-26: 28 days from the one when clocks go forward. */
  readonly from?: string;
  readonly asOf?: string;
  readonly parameters?: Readonly<Record<string, Value>>;
  /** Types of columns, in every table, other than the declared ones. */
  readonly types?: Readonly<Record<string, string>>;
  readonly orders?: readonly [
    id: Id,
    user: Id | null,
    status: string,
    at: string,
    currency?: string,
    updated?: string,
  ][];
  readonly items?: readonly [
    order: Id,
    line: number,
    product: Id | null,
    quantity: string | number,
    price: string | number,
    discount?: string,
  ][];
  readonly refunds?: readonly [
    id: Id,
    order: Id,
    line: number | null,
    quantity: string | number | null,
    amount: string | number,
    at: string,
  ][];
  readonly users?: readonly Row[];
  readonly products?: readonly Row[];
  readonly rates?: readonly [currency: string, day: string, rate: string | number][];
}

export const AS_OF = '2026-04-26';
export const FROM = '2026-03-29';
const folder = pipelineFolder('pipelines', 'customer-analytics');
export const definition: Definition = definitionOf(folder);

const literal = (value: Value) =>
  value === null || value === undefined ? 'NULL' : `'${String(value).replaceAll("'", "''")}'`;

/** Makes a source's table and puts rows into it. */
export async function makeTable(
  session: Session,
  name: string,
  rows: readonly Row[],
  types: Readonly<Record<string, string>>,
) {
  const columns = Object.entries(definition.sources[name]?.columns ?? {});
  const declared = columns.map(([column, type]) => `${column} ${types[column] ?? type}`);
  await session.run(`CREATE OR REPLACE TABLE ${name} (${declared.join(', ')})`);
  if (rows.length === 0) return;
  const values = rows.map((row) => `(${columns.map(([column]) => literal(row[column])).join(', ')})`);
  await session.run(`INSERT INTO ${name} VALUES ${values.join(', ')}`);
}

/** The sources as tables, empty where the shop says nothing. */
async function makeSources(session: Session, shop: Shop): Promise<void> {
  const { orders = [], items = [], refunds = [], users = [], products = [], rates = [], types = {} } = shop;
  const known = { marketing_opt_in: false, updated_at: '2026-01-01T00:00:00Z' };
  const rows: Record<string, readonly Row[]> = {
    orders: orders.map(([order_id, user_id, status, ordered_at, currency = 'EUR', updated_at = ordered_at]) => ({
      ...{ order_id, user_id, status, ordered_at, currency, updated_at },
    })),
    order_items: items.map(([order_id, line_no, product_id, quantity, unit_price, discount]) => ({
      ...{ order_id, line_no, product_id, quantity, unit_price, discount },
    })),
    refunds: refunds.map(([refund_id, order_id, line_no, quantity, amount, refunded_at]) => ({
      ...{ refund_id, order_id, line_no, quantity, amount, refunded_at },
    })),
    users: users.map((user) => ({ ...known, ...user })),
    products: products.map((product) => ({ name: 'a thing', updated_at: known.updated_at, ...product })),
    fx_rates: rates.map(([currency, day, rate]) => ({ currency, day, rate })),
  };
  for (const [name, of] of Object.entries(rows)) await makeTable(session, name, of, types);
}

let loaded: Promise<Model[]> | undefined;
/** The models in the order of what they read. */
export const shippedModels = async (session: Session) => await (loaded ??= loadModels(session, folder, definition));

/** A session with the sources and every model of a shop. */
export async function openShop(shop: Shop): Promise<Session> {
  const session = await openSession(shop.zone ?? definition.zone);
  await makeSources(session, shop);
  await setVariables(session, definition, shop.from ?? FROM, shop.asOf ?? AS_OF, shop.parameters);
  await runModels(session, await shippedModels(session));
  return session;
}

/** The rows of a query over a shop that is made for it. */
export async function inShop(shop: Shop, sql: string): Promise<Record<string, unknown>[]> {
  const session = await openShop(shop);
  try {
    return await session.rows(sql);
  } finally {
    session.close();
  }
}
