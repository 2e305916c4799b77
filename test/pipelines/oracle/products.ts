/** product_metrics: what sold, what came back, what is left. */
import { dayText } from './days';
import {
  amount,
  customerCount,
  customersOf,
  type Facts,
  type Ledger,
  orderCount,
  part,
  revenue,
  units,
  within,
} from './ledger';
import { divide, MONEY, moneyText, ratio, scaledOrNull, UNITS, unitsText } from './money';
import { byId, groupBy, type ProductRow, type Row, type Setting } from './rows';

const STOCK_DAYS = 28;

/** Money in ten-thousandths, units in thousandths. */
export interface Product {
  readonly row: ProductRow;
  readonly unitCost: bigint | null;
  readonly stock: bigint | null;
  readonly lifetime: Ledger;
  readonly window: Ledger;
  /** Of the 28 days before as_of. */
  readonly recentUnits: bigint;
  /** null without stock or a level */
  readonly reorder: boolean | null;
}

export const ofProduct = (ledger: Ledger, { product_id }: ProductRow): Ledger =>
  part(ledger, ({ line }) => line.product?.product_id === product_id);

export function productsOf(facts: Facts): Product[] {
  return facts.sources.products.map((row) => {
    const lifetime = ofProduct(facts.lifetime, row);
    const stock = scaledOrNull(row.stock, UNITS);
    const level = scaledOrNull(row.reorder_level, UNITS);
    return {
      row,
      unitCost: scaledOrNull(row.unit_cost, MONEY),
      stock,
      lifetime,
      window: ofProduct(facts.window, row),
      recentUnits: units(within(lifetime, facts.asOf - STOCK_DAYS, facts.asOf).sales),
      reorder: stock === null || level === null ? null : stock <= level,
    };
  });
}

/** What the units cost that were sold and not refunded; null without unit_cost. */
export const costOf = (unitCost: bigint | null, ledger: Ledger): bigint | null =>
  unitCost === null ? null : divide(unitCost * (units(ledger.sales) - units(ledger.refunds)), 1000n);

/** The product's customers, the best first. */
function topCustomers(lifetime: Ledger, setting: Setting): string[] {
  return [...customersOf(lifetime)]
    .map((id) => ({ id, value: revenue(part(lifetime, ({ order }) => order.customer === id)) }))
    .sort((a, b) => (a.value === b.value ? byId(setting)(a.id, b.id) : a.value > b.value ? -1 : 1))
    .slice(0, 5)
    .map(({ id }) => id);
}

function peakDay({ sales }: Ledger): string | null {
  const days = [...groupBy(sales, ({ day }) => day)].map(([day, events]) => ({ day, sold: units(events) }));
  const [best] = days.sort((a, b) => (a.sold === b.sold ? a.day - b.day : a.sold > b.sold ? -1 : 1));
  return best === undefined ? null : dayText(best.day);
}

function repeatRate(lifetime: Ledger): number | null {
  const customers = [...customersOf(lifetime)];
  const bought = (id: string) => part(lifetime, ({ order }) => order.customer === id);
  const twice = customers.filter((id) => orderCount(bought(id)) >= 2n);
  return ratio(BigInt(twice.length), BigInt(customers.length));
}

function daysOfInventory({ stock, recentUnits }: Product): number | null {
  if (stock === null) return null;
  if (stock <= 0n) return 0;
  return ratio(stock * BigInt(STOCK_DAYS), recentUnits);
}

function stockoutRisk({ row, stock, recentUnits }: Product, { parameters }: Setting): string | null {
  if (stock === null) return null;
  if (stock <= 0n) return 'out';
  if (recentUnits === 0n) return 'low';
  const lead = BigInt(row.lead_time_days ?? parameters.default_lead_time_days ?? '');
  const below = (days: bigint) => stock * BigInt(STOCK_DAYS) < days * recentUnits;
  return below(lead) ? 'high' : below(2n * lead) ? 'medium' : 'low';
}

export function productMetrics(facts: Facts): Row[] {
  return productsOf(facts)
    .map((product) => {
      const { row, lifetime, window, unitCost } = product;
      const sold = units(lifetime.sales);
      const earned = revenue(lifetime);
      const cost = costOf(unitCost, lifetime);
      return {
        product_id: row.product_id,
        name: row.name,
        category: row.category,
        list_price: moneyText(scaledOrNull(row.list_price, MONEY)),
        unit_cost: moneyText(unitCost),
        stock: unitsText(product.stock),
        lifetime_units: unitsText(sold),
        window_units: unitsText(units(window.sales)),
        lifetime_revenue: moneyText(earned),
        window_revenue: moneyText(revenue(window)),
        lifetime_orders: orderCount(lifetime),
        lifetime_customers: customerCount(lifetime),
        average_selling_price: sold === 0n ? null : moneyText(divide(amount(lifetime.sales) * 1000n, sold)),
        lifetime_cost: moneyText(cost),
        lifetime_profit: cost === null ? null : moneyText(earned - cost),
        margin: cost === null || earned <= 0n ? null : ratio(earned - cost, earned),
        return_rate: ratio(units(lifetime.refunds), sold),
        repeat_customer_rate: repeatRate(lifetime),
        peak_day: peakDay(lifetime),
        top_customers: topCustomers(lifetime, facts.setting),
        units_per_day: Number(product.recentUnits) / 1000 / STOCK_DAYS,
        days_of_inventory: daysOfInventory(product),
        stockout_risk: stockoutRisk(product, facts.setting),
        reorder_recommended: product.reorder,
      };
    })
    .sort((a, b) => byId(facts.setting)(a.product_id, b.product_id));
}
