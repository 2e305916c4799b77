/**
 * What happens on or after as_of. It changes no figure; but what sources overwrite is as known when they are read, so
 * that none of this is among it: a new status, a new product, a user whom earlier orders already name. And a refund,
 * however late, takes the place of the whole one that an order in status refunded has without any row.
 */
import type fc from 'fast-check';
import type { RefundRow, Sources } from '../oracle/rows';
import { instantOf, type Moment } from './instants';
import { type Order, partsOf, type User } from './parts';
import { type RandomShop, sourcesOf } from './shops';

const FIRST = 500;

const later = ({ ago, milliseconds }: Moment): Moment => ({
  ago: -(Math.abs(ago) % 30),
  milliseconds: Math.max(milliseconds, 0),
});
const laterOrder = (order: Order): Order => ({ ...order, at: later(order.at), updated: later(order.updated) });
const laterUser = (user: User): User => ({ ...user, created: later(user.created ?? { ago: 1, milliseconds: 0 }) });

function laterRefunds({ sources, setting }: RandomShop): RefundRow[] {
  const asked = new Set(sources.refunds.map((row) => row.order_id));
  return sources.orders
    .filter((order) => order.status !== 'refunded' || asked.has(order.order_id))
    .map((order, index) => ({
      ...{
        refund_id: String(70_000 + index),
        order_id: order.order_id,
        line_no: null,
        quantity: '1',
        amount: '3.3333',
      },
      refunded_at: instantOf({ ago: -(index % 3), milliseconds: 0 }, setting),
    }));
}

/** A shop's rows with later ones among them. */
export const withLater = (shop: RandomShop): fc.Arbitrary<Sources> =>
  partsOf(shop.setting).map((parts) => {
    const { sources, setting } = shop;
    const more = sourcesOf(
      {
        users: parts.users.map(laterUser),
        products: [],
        orders: parts.orders.map(laterOrder),
        strays: { lines: [], refunds: [] },
        rates: parts.rates.map(({ ago, ...rate }) => ({ ...rate, ago: -3 - (Math.abs(ago) % 20) })),
      },
      setting,
      FIRST,
    );
    const taken = new Set([...sources.users, ...sources.orders].map((row) => row.user_id));
    return {
      orders: [...more.orders, ...sources.orders],
      order_items: [...more.order_items, ...sources.order_items],
      refunds: [...more.refunds, ...sources.refunds, ...laterRefunds(shop)],
      users: [...more.users.filter(({ user_id }) => !taken.has(user_id)), ...sources.users],
      products: sources.products,
      fx_rates: [...more.fx_rates, ...sources.fx_rates],
    };
  });
