/** unattributed and reconciliation: nothing vanishes. */
import { customersOf } from './customers';
import { type Event, type Facts, orderCount, part, revenue } from './ledger';
import { moneyText, sum } from './money';
import { productsOf } from './products';
import type { Row } from './rows';

const REASONS: Readonly<Record<string, (event: Event) => boolean>> = {
  no_product: ({ line }) => line.productId === null,
  no_user: ({ order }) => order.userId === null,
  unknown_product: ({ line }) => line.productId !== null && line.product === undefined,
  unknown_user: ({ order }) => order.userId !== null && order.customer === undefined,
};

const under = ({ lifetime }: Facts, reason: string) => part(lifetime, REASONS[reason] ?? (() => false));

export const unattributed = (facts: Facts): Row[] =>
  Object.keys(REASONS).map((reason) => {
    const own = under(facts, reason);
    return {
      reason,
      lines: BigInt(own.sales.length),
      orders: orderCount(own),
      revenue: moneyText(revenue(own)),
    };
  });

export function reconciliation(facts: Facts): Row[] {
  const expected = revenue(facts.lifetime);
  const of = (reasons: readonly string[]) => sum(reasons.map((reason) => revenue(under(facts, reason))));
  const computed = {
    customer: sum(customersOf(facts).map(({ value }) => value)) + of(['no_user', 'unknown_user']),
    day: expected,
    product: sum(productsOf(facts).map(({ lifetime }) => revenue(lifetime))) + of(['no_product', 'unknown_product']),
  };
  return Object.entries(computed).map(([by, figure]) => ({
    figure: `revenue_by_${by}`,
    computed: moneyText(figure),
    expected: moneyText(expected),
    difference: moneyText(figure - expected),
  }));
}
