/** executive_summary: the window beside the one before it, and where the shop stands. */
import { categoriesOf, type Profit, profitOf } from './categories';
import { customersOf, type Ranked } from './customers';
import { type Day, dayNumber, monthOf } from './days';
import { newCustomers } from './daily';
import { amount, customerCount, type Facts, type Ledger, orderCount, revenue, units } from './ledger';
import { abs, divide, moneyText, ratio, sum, unitsText } from './money';
import { productsOf } from './products';
import { byName, type Row } from './rows';

type Figure = bigint | null;

function figuresOf(facts: Facts, ledger: Ledger, from: Day, to: Day, { profit }: Profit) {
  const orders = orderCount(ledger);
  const net = revenue(ledger);
  const money = {
    gross: amount(ledger.sales),
    refunds: amount(ledger.refunds),
    revenue: net,
    average_order_value: orders === 0n ? null : divide(net, orders),
    profit,
  };
  const counts = {
    orders,
    active_customers: customerCount(ledger),
    new_customers: newCustomers(facts.lifetime, from, to),
  };
  return { money, counts, units: units(ledger.sales) };
}

/** (now − previous) / |previous| */
const changeOf = (now: Figure, previous: Figure): number | null =>
  now === null || previous === null ? null : ratio(now - previous, abs(previous));

/** A figure, the previous one and the change. */
const beside = (
  name: string,
  now: Figure,
  previous: Figure,
  shown: (figure: Figure) => string | bigint | null,
): Row => ({
  [name]: shown(now),
  [`previous_${name}`]: shown(previous),
  [`${name}_change`]: changeOf(now, previous),
});

/** 100 × (now − previous), of profit / costed revenue, worked out before it becomes a DOUBLE. */
function marginChange(now: Profit, previous: Profit): number | null {
  if (now.margin === null || previous.margin === null || now.profit === null || previous.profit === null) return null;
  return ratio(
    100n * (now.profit * previous.costedRevenue - previous.profit * now.costedRevenue),
    now.costedRevenue * previous.costedRevenue,
  );
}

function atRisk(customers: readonly Ranked[], asOf: Day): bigint {
  return sum(
    customers.map(({ churn, value, first }) => {
      if (churn !== 'high' || value <= 0n || first === null) return 0n;
      return divide(value * 12n, BigInt(Math.max(12, monthOf(asOf) - monthOf(first))));
    }),
  );
}

function topCategory(facts: Facts): string | null {
  const [top] = categoriesOf(facts)
    .flatMap(({ name, window }) => (name === null ? [] : [{ name, value: revenue(window) }]))
    .filter(({ value }) => value > 0n)
    .sort((a, b) => (a.value === b.value ? byName(a.name, b.name) : a.value > b.value ? -1 : 1));
  return top?.name ?? null;
}

export function executiveSummary(facts: Facts): Row[] {
  const { setting, asOf, window, previous } = facts;
  const from = dayNumber(setting.from);
  const products = productsOf(facts);
  const customers = customersOf(facts);
  const buyers = customers.filter(({ orders }) => orders > 0n);
  const [profit, before] = [profitOf(products, window), profitOf(products, previous)];
  const now = figuresOf(facts, window, from, asOf, profit);
  const then = figuresOf(facts, previous, from - (asOf - from), from, before);
  const money = (name: keyof typeof now.money) => beside(name, now.money[name], then.money[name], moneyText);
  const count = (name: keyof typeof now.counts) => beside(name, now.counts[name], then.counts[name], (n) => n);
  return [
    {
      as_of: setting.asOf,
      window_from: setting.from,
      window_to: setting.asOf,
      ...money('gross'),
      ...money('refunds'),
      ...money('revenue'),
      ...count('orders'),
      ...count('active_customers'),
      ...count('new_customers'),
      ...money('average_order_value'),
      ...beside('units', now.units, then.units, unitsText),
      ...money('profit'),
      margin: profit.margin,
      previous_margin: before.margin,
      margin_change_points: marginChange(profit, before),
      customers: BigInt(customers.length),
      mean_lifetime_value:
        buyers.length === 0 ? null : moneyText(divide(sum(buyers.map(({ value }) => value)), BigInt(buyers.length))),
      top_category: topCategory(facts),
      products_to_reorder: BigInt(products.filter(({ reorder }) => reorder).length),
      customers_at_high_risk: BigInt(customers.filter(({ churn }) => churn === 'high').length),
      revenue_at_risk: moneyText(atRisk(customers, asOf)),
    },
  ];
}
