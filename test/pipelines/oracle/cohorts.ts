/** cohort_retention: what became of the customers of a month, in each month that was over before as_of. */
import { type Day, type Month, monthOf, monthText } from './days';
import { customerCount, type Event, type Facts, part, revenue } from './ledger';
import { moneyText, ratio } from './money';
import { groupBy, type Row } from './rows';

/** The month of each customer's first order, by user_id. */
function cohortsOf({ lifetime }: Facts): Map<string, Month> {
  const firsts = new Map<string, Day>();
  for (const { order, day } of lifetime.sales)
    if (order.customer !== undefined) firsts.set(order.customer, Math.min(day, firsts.get(order.customer) ?? day));
  return new Map([...firsts].map(([id, day]) => [id, monthOf(day)]));
}

export function cohortRetention(facts: Facts): Row[] {
  const cohorts = cohortsOf(facts);
  const sizes = groupBy([...cohorts.values()], (month) => month);
  // as_of's own month is never over: at best as_of is its first day.
  const over = monthOf(facts.asOf);
  return [...sizes.keys()]
    .sort((a, b) => a - b)
    .flatMap((cohort) => {
      const size = BigInt(sizes.get(cohort)?.length ?? 0);
      return Array.from({ length: Math.max(over - cohort, 0) }, (_, since) => {
        const own = part(
          facts.lifetime,
          ({ order, day }: Event) =>
            order.customer !== undefined && cohorts.get(order.customer) === cohort && monthOf(day) === cohort + since,
        );
        return {
          acquisition_cohort: monthText(cohort),
          months_since: since,
          cohort_size: size,
          active_customers: customerCount(own),
          retention: ratio(customerCount(own), size),
          revenue: moneyText(revenue(own)),
        };
      });
    });
}
