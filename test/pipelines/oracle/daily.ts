/** daily_revenue: each day of the window, also those on which nothing happened. */
import { type Day, dayNumber, dayText } from './days';
import {
  amount,
  customerCount,
  customersOf,
  type Facts,
  type Ledger,
  orderCount,
  revenue,
  units,
  within,
} from './ledger';
import { moneyText, unitsText } from './money';
import type { Row } from './rows';

/** Customers of [from, to) who had no order before. */
export function newCustomers(lifetime: Ledger, from: Day, to: Day): bigint {
  const before = customersOf(within(lifetime, Number.NEGATIVE_INFINITY, from));
  return BigInt([...customersOf(within(lifetime, from, to))].filter((id) => !before.has(id)).length);
}

export function dailyRevenue({ setting, asOf, lifetime }: Facts): Row[] {
  const from = dayNumber(setting.from);
  return Array.from({ length: asOf - from }, (_, index) => {
    const day = from + index;
    const own = within(lifetime, day, day + 1);
    return {
      day: dayText(day),
      gross: moneyText(amount(own.sales)),
      refunds: moneyText(amount(own.refunds)),
      revenue: moneyText(revenue(own)),
      orders: orderCount(own),
      customers: customerCount(own),
      new_customers: newCustomers(lifetime, day, day + 1),
      units: unitsText(units(own.sales)),
    };
  });
}
