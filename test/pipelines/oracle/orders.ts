/** Orders of days before as_of with their lines, in the pipeline's currency. */
import { type Day, dayNumber, dayOf } from './days';
import { divide, MONEY, RATE, scaled, UNITS } from './money';
import { groupBy, type OrderRow, type ProductRow, type Setting, type Sources } from './rows';

export interface Line {
  readonly number: number;
  /** As the line has it, known or not. */
  readonly productId: string | null;
  readonly product: ProductRow | undefined;
  readonly units: bigint;
  readonly amount: bigint;
}
export interface Order {
  readonly id: string;
  /** As the order has it, known or not. */
  readonly userId: string | null;
  /** The customer: a known user's id. */
  readonly customer: string | undefined;
  readonly status: string;
  readonly day: Day;
  readonly updatedDay: Day;
  readonly rate: bigint;
  readonly lines: readonly Line[];
}

const RECOGNISED = ['paid', 'shipped', 'completed', 'refunded'];
export const isRecognised = ({ status, lines }: Order): boolean => RECOGNISED.includes(status) && lines.length > 0;

/** The latest rate of the order's day and the seven days before it. */
function rateOf(order: OrderRow, day: Day, sources: Sources, setting: Setting): bigint | undefined {
  if (order.currency === setting.currency) return scaled('1', RATE);
  const [latest] = sources.fx_rates
    .filter((row) => row.currency === order.currency)
    .map((row) => ({ age: day - dayNumber(row.day), rate: row.rate }))
    .filter(({ age }) => age >= 0 && age <= 7)
    .sort((a, b) => a.age - b.age);
  return latest === undefined ? undefined : scaled(latest.rate, RATE);
}

/** Ids of the orders before as_of for which there is no rate: such a shop has no figures. */
export const withoutRate = (sources: Sources, setting: Setting): string[] =>
  sources.orders
    .map((order) => ({ order, day: dayOf(order.ordered_at, setting.zone) }))
    .filter(({ order, day }) => day < dayNumber(setting.asOf) && rateOf(order, day, sources, setting) === undefined)
    .map(({ order }) => order.order_id);

export function ordersOf(sources: Sources, setting: Setting): Order[] {
  const users = new Set(sources.users.map((user) => user.user_id));
  const products = new Map(sources.products.map((product) => [product.product_id, product]));
  const items = groupBy(sources.order_items, (item) => item.order_id);
  return sources.orders.flatMap((row) => {
    const day = dayOf(row.ordered_at, setting.zone);
    if (day >= dayNumber(setting.asOf)) return [];
    const rate = rateOf(row, day, sources, setting);
    if (rate === undefined) throw new Error(`no rate for order ${row.order_id}`);
    const lines = (items.get(row.order_id) ?? []).map((item): Line => {
      const units = scaled(item.quantity, UNITS);
      const share = scaled('1', 4) - scaled(item.discount ?? '0', 4);
      const product = item.product_id === null ? undefined : products.get(item.product_id);
      const exact = units * scaled(item.unit_price, MONEY) * share * rate; // with 3 + 4 + 4 + 8 places
      return {
        number: Number(item.line_no),
        productId: item.product_id,
        product,
        units,
        amount: divide(exact, 10n ** 15n),
      };
    });
    const order: Order = {
      id: row.order_id,
      userId: row.user_id,
      customer: row.user_id !== null && users.has(row.user_id) ? row.user_id : undefined,
      status: row.status,
      day,
      updatedDay: dayOf(row.updated_at, setting.zone),
      rate,
      lines,
    };
    return [order];
  });
}
