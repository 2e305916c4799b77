/** category_metrics: products by category, and how the categories' shares of revenue moved. */
import { customerCount, type Facts, type Ledger, orderCount, part, revenue, units } from './ledger';
import { abs, moneyText, ratio, sum, unitsText } from './money';
import { costOf, ofProduct, type Product, productsOf } from './products';
import { byName, type Row } from './rows';

/** Of products with unit_cost; profit is null when there is none of them, margin also when revenue is not positive. */
export interface Profit {
  readonly costedRevenue: bigint;
  readonly profit: bigint | null;
  readonly margin: number | null;
}
export function profitOf(products: readonly Product[], ledger: Ledger): Profit {
  const costed = products.flatMap(({ row, unitCost }) => {
    const own = ofProduct(ledger, row);
    const cost = costOf(unitCost, own);
    return cost === null ? [] : [{ earned: revenue(own), cost }];
  });
  const costedRevenue = sum(costed.map(({ earned }) => earned));
  const profit = costed.length === 0 ? null : costedRevenue - sum(costed.map(({ cost }) => cost));
  return {
    costedRevenue,
    profit,
    margin: profit === null || costedRevenue <= 0n ? null : ratio(profit, costedRevenue),
  };
}

/** A category's positive revenue and that of all; a share is the one over the other. */
interface Share {
  readonly own: bigint;
  readonly all: bigint;
}
export interface Category {
  readonly name: string | null;
  readonly products: readonly Product[];
  readonly lifetime: Ledger;
  readonly window: Ledger;
  readonly previous: Ledger;
  readonly share: Share;
  readonly previousShare: Share;
}

const positive = (n: bigint): bigint => (n > 0n ? n : 0n);

export function categoriesOf(facts: Facts): Category[] {
  const products = productsOf(facts);
  const names = [...new Set(products.map(({ row }) => row.category))];
  const of = (ledger: Ledger, name: string | null) =>
    part(ledger, ({ line }) => line.product !== undefined && line.product.category === name);
  const shareOf = (ledger: Ledger, name: string | null): Share => ({
    own: positive(revenue(of(ledger, name))),
    all: sum(names.map((any) => positive(revenue(of(ledger, any))))),
  });
  return names.map((name) => ({
    name,
    products: products.filter(({ row }) => row.category === name),
    lifetime: of(facts.lifetime, name),
    window: of(facts.window, name),
    previous: of(facts.previous, name),
    share: shareOf(facts.window, name),
    previousShare: shareOf(facts.previous, name),
  }));
}

/** now − previous, as an exact fraction whose divisor is 0 when either share is NULL. */
function shift({ share, previousShare }: Category): [bigint, bigint] {
  const { own, all } = share;
  return [own * previousShare.all - previousShare.own * all, all * previousShare.all];
}
/** |share_change_points| > points */
export function shiftsBy(category: Category, points: bigint): boolean {
  const [n, d] = shift(category);
  return d !== 0n && 100n * abs(n) > points * d;
}

function figures(prefix: string, products: readonly Product[], ledger: Ledger): Row {
  const { costedRevenue, profit, margin } = profitOf(products, ledger);
  return {
    [`${prefix}_units`]: unitsText(units(ledger.sales)),
    [`${prefix}_orders`]: orderCount(ledger),
    [`${prefix}_customers`]: customerCount(ledger),
    [`${prefix}_revenue`]: moneyText(revenue(ledger)),
    [`${prefix}_costed_revenue`]: moneyText(costedRevenue),
    [`${prefix}_profit`]: moneyText(profit),
    [`${prefix}_margin`]: margin,
  };
}

export function categoryMetrics(facts: Facts): Row[] {
  return categoriesOf(facts)
    .sort((a, b) => (a.name === null ? 1 : b.name === null ? -1 : byName(a.name, b.name)))
    .map((category) => {
      const [n, d] = shift(category);
      return {
        category: category.name,
        products: BigInt(category.products.length),
        ...figures('lifetime', category.products, category.lifetime),
        ...figures('window', category.products, category.window),
        window_share: ratio(category.share.own, category.share.all),
        previous_window_share: ratio(category.previousShare.own, category.previousShare.all),
        share_change_points: ratio(100n * n, d),
      };
    });
}
