/** customer_metrics: figures of each customer; scores and names of groups are in segments.ts. */
import { type Day, dayOf, dayText, monthOf, monthText } from './days';
import { type Event, type Facts, type Ledger, orderCount, part, revenue, units } from './ledger';
import { divide, moneyText, ratio, sum } from './money';
import { byId, byName, type Row, type UserRow } from './rows';
import { churnRisk, rfmSegment, type Scores, scoresOf, valueTier } from './segments';

/** Days are those of orders; null without one. Money is in ten-thousandths. */
export interface Customer {
  readonly user: UserRow;
  readonly value: bigint;
  readonly windowRevenue: bigint;
  readonly orders: bigint;
  readonly windowOrders: bigint;
  readonly first: Day | null;
  readonly last: Day | null;
  readonly daysSince: number | null;
  readonly lifetime: Ledger;
}
/** With what follows from comparing with the others. */
export interface Ranked extends Customer {
  readonly scores: Scores | null;
  readonly segment: string;
  readonly tier: string;
  readonly churn: string | null;
}

function customerOf(user: UserRow, facts: Facts): Customer {
  const own = ({ order }: Event) => order.customer === user.user_id;
  const lifetime = part(facts.lifetime, own);
  const window = part(facts.window, own);
  const days = lifetime.sales.map(({ day }) => day);
  const some = days.length > 0;
  const last = some ? Math.max(...days) : null;
  return {
    user,
    value: revenue(lifetime),
    windowRevenue: revenue(window),
    orders: orderCount(lifetime),
    windowOrders: orderCount(window),
    first: some ? Math.min(...days) : null,
    last,
    daysSince: last === null ? null : facts.asOf - last,
    lifetime,
  };
}

export function customersOf(facts: Facts): Ranked[] {
  const { sources, setting, asOf } = facts;
  const ordered = new Set(facts.orders.map(({ customer }) => customer));
  const customers = sources.users
    .filter(
      (user) => user.created_at === null || dayOf(user.created_at, setting.zone) < asOf || ordered.has(user.user_id),
    )
    .map((user) => customerOf(user, facts));
  return customers.map((customer) => {
    const scores = scoresOf(customer, customers);
    return {
      ...customer,
      scores,
      segment: rfmSegment(customer, scores),
      tier: valueTier(customer, setting.parameters),
      churn: churnRisk(customer),
    };
  });
}

function favouriteCategory({ lifetime }: Customer): string | null {
  const categories = new Set(lifetime.sales.flatMap(({ line }) => line.product?.category ?? []));
  const ranking = [...categories]
    .map((name) => ({ name, value: revenue(part(lifetime, ({ line }) => line.product?.category === name)) }))
    .sort((a, b) => (a.value === b.value ? byName(a.name, b.name) : a.value > b.value ? -1 : 1));
  return ranking[0]?.name ?? null;
}

function ordersPer30Days({ orders, first, last }: Customer): number | null {
  if (first === null || last === null || orders < 2n || first === last) return null;
  return (Number(orders) - 1) / ((last - first) / 30);
}

export function customerMetrics(facts: Facts): Row[] {
  const gross = (status: string, id: string) =>
    sum(
      facts.orders
        .filter((order) => order.status === status && order.customer === id)
        .flatMap(({ lines }) => lines.map(({ amount }) => amount)),
    );
  return customersOf(facts)
    .map((customer) => {
      const { user, value, orders, first, last, lifetime, scores } = customer;
      return {
        user_id: user.user_id,
        email: user.email,
        name: user.name,
        country: user.country,
        marketing_opt_in: user.marketing_opt_in === 'true',
        created_at: user.created_at === null ? null : new Date(user.created_at).toISOString(),
        lifetime_value: moneyText(value),
        window_revenue: moneyText(customer.windowRevenue),
        lifetime_orders: orders,
        window_orders: customer.windowOrders,
        first_order_day: first === null ? null : dayText(first),
        last_order_day: last === null ? null : dayText(last),
        average_order_value: orders === 0n ? null : moneyText(divide(value, orders)),
        orders_per_30d: ordersPer30Days(customer),
        days_since_last_order: customer.daysSince,
        recency_score: scores?.recency ?? null,
        frequency_score: scores?.frequency ?? null,
        monetary_score: scores?.monetary ?? null,
        rfm_segment: customer.segment,
        value_tier: customer.tier,
        churn_risk: customer.churn,
        acquisition_cohort: first === null ? null : monthText(monthOf(first)),
        distinct_products: BigInt(new Set(lifetime.sales.flatMap(({ line }) => line.product?.product_id ?? [])).size),
        favourite_category: favouriteCategory(customer),
        return_rate: ratio(units(lifetime.refunds), units(lifetime.sales)),
        open_value: moneyText(gross('pending', user.user_id)),
        cancelled_value: moneyText(gross('cancelled', user.user_id)),
      };
    })
    .sort((a, b) => byId(facts.setting)(a.user_id, b.user_id));
}
