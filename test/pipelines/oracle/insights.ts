/** insights: what people should look at, without the texts that they read. */
import { categoriesOf, shiftsBy } from './categories';
import { customersOf, type Ranked } from './customers';
import { dayOf } from './days';
import { type Facts, revenue, units, within } from './ledger';
import { abs, divide, moneyText, sum } from './money';
import { costOf, type Product, productsOf } from './products';
import { byId, byName, type Row } from './rows';

type Severity = 'critical' | 'warning' | 'info';
interface Hit {
  readonly id: string;
  readonly money: bigint;
  readonly severity: Severity;
}
interface Kind {
  readonly kind: string;
  readonly subject: 'customer' | 'product' | 'category';
  readonly owner: string;
  readonly hits: readonly Hit[];
}

const SUBJECTS = 20;
const BEST = 10;
const IDLE_DAYS = 90;
const SEVERITIES: readonly Severity[] = ['critical', 'warning', 'info'];

function customerKinds(facts: Facts): Kind[] {
  const customers = customersOf(facts);
  const hits = (test: (customer: Ranked) => boolean, severity: (customer: Ranked) => Severity): Hit[] =>
    customers.filter(test).map((customer) => ({
      id: customer.user.user_id,
      money: customer.value,
      severity: severity(customer),
    }));
  const churning = hits(
    ({ churn, tier }) => churn === 'high' && ['vip', 'regular'].includes(tier),
    ({ tier }) => (tier === 'vip' ? 'critical' : 'warning'),
  );
  const onceOnly = hits(
    ({ orders, daysSince }) => orders === 1n && daysSince !== null && daysSince >= 31 && daysSince <= 60,
    () => 'info',
  );
  const lapsed = hits(
    ({ user, segment, tier }) =>
      user.marketing_opt_in === 'true' && ['at_risk', 'hibernating'].includes(segment) && tier !== 'new',
    () => 'info',
  );
  return [
    { kind: 'churn_high_value', subject: 'customer', owner: 'customer success', hits: churning },
    { kind: 'one_time_new', subject: 'customer', owner: 'marketing', hits: onceOnly },
    { kind: 'win_back', subject: 'customer', owner: 'marketing', hits: lapsed },
  ];
}

function isDead({ row, stock, lifetime }: Product, { asOf, setting }: Facts): boolean {
  const old = row.created_at === null || dayOf(row.created_at, setting.zone) <= asOf - IDLE_DAYS;
  return stock !== null && stock > 0n && old && units(within(lifetime, asOf - IDLE_DAYS, asOf).sales) === 0n;
}
function hasLowMargin({ unitCost, lifetime }: Product): boolean {
  const cost = costOf(unitCost, lifetime);
  const earned = revenue(lifetime);
  return cost !== null && earned > 0n && (earned - cost) * 100n < earned * 5n && units(lifetime.sales) > 50_000n;
}

function productKinds(facts: Facts): Kind[] {
  const products = productsOf(facts);
  const hitsOf = (
    found: readonly Product[],
    money: (product: Product) => bigint,
    severity: (product: Product) => Severity,
  ): Hit[] =>
    found.map((product) => ({ id: product.row.product_id, money: money(product), severity: severity(product) }));
  const ofWindow = ({ window }: Product) => revenue(window);
  const reorder = hitsOf(
    products.filter((product) => product.reorder),
    ofWindow,
    ({ stock, recentUnits }) => (stock !== null && stock <= 0n && recentUnits > 0n ? 'critical' : 'warning'),
  );
  const lowMargin = hitsOf(
    products.filter(hasLowMargin),
    ({ lifetime }) => revenue(lifetime),
    () => 'warning',
  );
  const earning = hitsOf(
    products.filter((product) => ofWindow(product) > 0n),
    ofWindow,
    () => 'info',
  );
  const best = earning.sort(byMoney(byId(facts.setting))).slice(0, BEST);
  const dead = hitsOf(
    products.filter((product) => isDead(product, facts)),
    ({ stock, unitCost }) => divide((stock ?? 0n) * (unitCost ?? 0n), 1000n),
    () => 'info',
  );
  return [
    { kind: 'reorder', subject: 'product', owner: 'purchasing', hits: reorder },
    { kind: 'low_margin', subject: 'product', owner: 'category management', hits: lowMargin },
    { kind: 'best_product', subject: 'product', owner: 'category management', hits: best },
    { kind: 'dead_stock', subject: 'product', owner: 'purchasing', hits: dead },
  ];
}

function categoryKind(facts: Facts): Kind {
  const hits = categoriesOf(facts).flatMap((category): Hit[] => {
    if (category.name === null || !shiftsBy(category, 5n)) return [];
    const money = abs(revenue(category.window) - revenue(category.previous));
    return [{ id: category.name, money, severity: 'warning' }];
  });
  return { kind: 'category_shift', subject: 'category', owner: 'category management', hits };
}

const byMoney =
  (order: (a: string, b: string) => number) =>
  (a: Hit, b: Hit): number =>
    a.money === b.money ? order(a.id, b.id) : a.money > b.money ? -1 : 1;

/** Those with hits, each with its summary first; only this one has evidence here. */
export function insights(facts: Facts): Row[] {
  const kinds = [...customerKinds(facts), ...productKinds(facts), categoryKind(facts)];
  return kinds
    .filter(({ hits }) => hits.length > 0)
    .sort((a, b) => byName(a.kind, b.kind))
    .flatMap(({ kind, subject, owner, hits }) => {
      const same = { kind, subject_type: subject, owner };
      const money = moneyText(sum(hits.map((hit) => hit.money)));
      const worst = SEVERITIES.find((severity) => hits.some((hit) => hit.severity === severity)) ?? 'info';
      const order = subject === 'category' ? byName : byId(facts.setting);
      return [
        { ...same, severity: worst, subject_id: null, money, count: String(hits.length), money_of_all: money },
        ...[...hits]
          .sort(byMoney(order))
          .slice(0, SUBJECTS)
          .map((hit) => ({
            ...same,
            severity: hit.severity,
            subject_id: hit.id,
            money: moneyText(hit.money),
            count: null,
            money_of_all: null,
          })),
      ];
    });
}
