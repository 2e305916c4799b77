/** The headline columns once more, from the CSV files in plain TypeScript with whole numbers: no SQL, no floats. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'csv-parse/sync';

type Row = Record<string, string>;

const read = (data: string, table: string): Row[] =>
  readdirSync(path.join(data, table)).flatMap((file) =>
    parse(readFileSync(path.join(data, table, file)), { columns: true }),
  ) as Row[];

/** `'1.25'` at 4 places → 12500n; '' → undefined */
function scaled(text: string | undefined, places: number): bigint | undefined {
  if (text === undefined || text === '') return undefined;
  const [whole = '', fraction = ''] = text.split('.');
  return BigInt(whole + fraction.padEnd(places, '0'));
}
const abs = (n: bigint) => (n < 0n ? -n : n);
/** n / d, half away from zero */
export function divide(n: bigint, d: bigint): bigint {
  const positive = n < 0n === d < 0n;
  const result = (2n * abs(n) + abs(d)) / (2n * abs(d));
  return positive ? result : -result;
}
export function text(n: bigint, places: number): string {
  const digits = String(abs(n)).padStart(places + 1, '0');
  return `${n < 0n ? '-' : ''}${digits.slice(0, -places)}.${digits.slice(-places)}`;
}

const format = new Intl.DateTimeFormat('en-CA', { timeZone: 'Europe/Berlin', dateStyle: 'short' });
const dayOf = (instant: string) => format.format(new Date(instant));
const number = (day: string) => Date.parse(day) / 86_400_000;
export const addDays = (day: string, days: number) =>
  new Date((number(day) + days) * 86_400_000).toISOString().slice(0, 10);

interface Line {
  order: string;
  line: number;
  product?: string;
  units: bigint;
  amount: bigint;
}
interface Order {
  id: string;
  user?: string;
  status: string;
  day: string;
  updated: string;
  rate: bigint;
  lines: Line[];
}
interface Event {
  order: Order;
  line: Line;
  day: string;
  units: bigint;
  amount: bigint;
}
const sum = (values: bigint[]) => values.reduce((total, value) => total + value, 0n);
const largest = (lines: Line[], by: (line: Line) => bigint) =>
  lines.reduce((best, line) => (by(line) > by(best) || (by(line) === by(best) && line.line < best.line) ? line : best));

function spread(lines: Line[], whole: bigint, by: (line: Line) => bigint, rest: Line): Map<Line, bigint> {
  const total = sum(lines.map(by));
  const shares = new Map(lines.map((line) => [line, total === 0n ? 0n : divide(whole * by(line), total)]));
  shares.set(rest, (shares.get(rest) ?? 0n) + whole - sum([...shares.values()]));
  return shares;
}

export function figures(data: string, asOf: string, from: string) {
  const users = read(data, 'users');
  const products = read(data, 'products');
  const known = new Set(users.map((user) => user.user_id));
  const listed = new Map(products.map((product) => [product.product_id, product]));
  const rates = new Map(read(data, 'fx_rates').map((row) => [`${row.currency} ${row.day}`, scaled(row.rate, 8)]));
  const rateOf = (currency: string, day: string) => {
    if (currency === 'EUR') return 100_000_000n;
    for (let age = 0; age <= 7; age++) {
      const rate = rates.get(`${currency} ${addDays(day, -age)}`);
      if (rate !== undefined) return rate;
    }
    throw new Error(`no rate for ${currency} on ${day}`);
  };
  const orders = new Map<string, Order>();
  for (const row of read(data, 'orders')) {
    const day = dayOf(row.ordered_at as string);
    orders.set(row.order_id as string, {
      id: row.order_id as string,
      user: known.has(row.user_id) ? row.user_id : undefined,
      status: row.status as string,
      day,
      updated: dayOf(row.updated_at as string),
      rate: rateOf(row.currency as string, day),
      lines: [],
    });
  }
  for (const row of read(data, 'order_items')) {
    const order = orders.get(row.order_id as string);
    if (order === undefined) continue;
    const units = scaled(row.quantity, 3) ?? 0n;
    const share = 10_000n - (scaled(row.discount, 4) ?? 0n);
    const amount = divide(units * (scaled(row.unit_price, 4) ?? 0n) * share * order.rate, 10n ** 15n);
    const product = listed.has(row.product_id) ? row.product_id : undefined;
    order.lines.push({ order: order.id, line: Number(row.line_no), product, units, amount });
  }
  const recognised = [...orders.values()].filter(
    ({ status, lines }) => ['paid', 'shipped', 'completed', 'refunded'].includes(status) && lines.length > 0,
  );
  const sold = recognised.filter(({ day }) => day < asOf);
  const later = (a: string, b: string) => (a > b ? a : b);
  const refundRows = read(data, 'refunds');
  const back: Event[] = [];
  for (const row of refundRows) {
    const order = orders.get(row.order_id as string);
    if (order === undefined || !recognised.includes(order)) continue;
    const day = later(dayOf(row.refunded_at as string), order.day);
    const money = divide((scaled(row.amount, 4) ?? 0n) * order.rate, 10n ** 8n);
    const units = scaled(row.quantity, 3) ?? 0n;
    const named = order.lines.find(({ line }) => String(line) === row.line_no);
    if (named !== undefined) back.push({ order, line: named, day, units, amount: money });
    else {
      const total = sum(order.lines.map(({ amount }) => amount));
      const first = order.lines.reduce((a, b) => (a.line < b.line ? a : b));
      const dearest = total === 0n ? first : largest(order.lines, ({ amount }) => amount);
      const amounts = spread(order.lines, money, ({ amount }) => amount, dearest);
      const parts = spread(
        order.lines,
        units,
        (line) => line.units,
        largest(order.lines, (line) => line.units),
      );
      for (const line of order.lines)
        back.push({ order, line, day, units: parts.get(line) ?? 0n, amount: amounts.get(line) ?? 0n });
    }
  }
  const asked = new Set(refundRows.map((row) => row.order_id));
  for (const order of recognised)
    if (order.status === 'refunded' && !asked.has(order.id))
      for (const line of order.lines)
        back.push({ order, line, day: later(order.updated, order.day), units: line.units, amount: line.amount });
  const refunds = back.filter(({ day }) => day < asOf);
  const sales: Event[] = sold.flatMap((order) =>
    order.lines.map((line) => ({ order, line, day: order.day, units: line.units, amount: line.amount })),
  );
  const net = (events: Event[], minus: Event[]) => sum(events.map((e) => e.amount)) - sum(minus.map((e) => e.amount));
  const inWindow = (event: { day: string }) => event.day >= from;

  const customers = users.flatMap((user) => {
    const all = [...orders.values()].filter((order) => order.user === user.user_id && order.day < asOf);
    if (user.created_at !== '' && dayOf(user.created_at as string) >= asOf && all.length === 0) return [];
    const mine = sold.filter((order) => order.user === user.user_id);
    const bought = sales.filter(({ order }) => order.user === user.user_id);
    const returned = refunds.filter(({ order }) => order.user === user.user_id);
    const days = mine.map(({ day }) => day).sort();
    const byCategory = new Map<string, bigint>();
    for (const [events, sign] of [
      [bought, 1n],
      [returned, -1n],
    ] as const)
      for (const { line, amount } of events) {
        const category = listed.get(line.product)?.category;
        if (category) byCategory.set(category, (byCategory.get(category) ?? 0n) + sign * amount);
      }
    const favourite = [...byCategory].sort(([a, x], [b, y]) => (x === y ? (a < b ? -1 : 1) : x > y ? -1 : 1))[0]?.[0];
    const open = (status: string) =>
      sum(all.filter((order) => order.status === status).flatMap(({ lines }) => lines.map((l) => l.amount)));
    const units = sum(bought.map((e) => e.units));
    return [
      {
        id: user.user_id as string,
        value: net(bought, returned),
        window: net(bought.filter(inWindow), returned.filter(inWindow)),
        orders: mine.length,
        windowOrders: mine.filter(inWindow).length,
        first: days[0] ?? null,
        last: days.at(-1) ?? null,
        average: mine.length === 0 ? null : text(divide(net(bought, returned), BigInt(mine.length)), 4),
        products: new Set(bought.flatMap(({ line }) => line.product ?? [])).size,
        favourite: favourite ?? null,
        returnRate: units === 0n ? null : Number(sum(returned.map((e) => e.units))) / Number(units),
        open: open('pending'),
        cancelled: open('cancelled'),
      },
    ];
  });

  const goods = products.map((product) => {
    const bought = sales.filter(({ line }) => line.product === product.product_id);
    const returned = refunds.filter(({ line }) => line.product === product.product_id);
    const units = sum(bought.map((e) => e.units));
    const revenue = net(bought, returned);
    const cost = scaled(product.unit_cost, 4);
    const costs = cost === undefined ? null : divide(cost * (units - sum(returned.map((e) => e.units))), 1000n);
    const buyers = new Map<string, { orders: Set<string>; revenue: bigint }>();
    for (const { order, amount } of bought) {
      if (order.user === undefined) continue;
      const buyer = buyers.get(order.user) ?? { orders: new Set(), revenue: 0n };
      buyers.set(order.user, { orders: buyer.orders.add(order.id), revenue: buyer.revenue + amount });
    }
    for (const { order, amount } of returned) {
      const buyer = order.user === undefined ? undefined : buyers.get(order.user);
      if (buyer !== undefined) buyer.revenue -= amount;
    }
    const byDay = new Map<string, bigint>();
    for (const { day, units: count } of bought) byDay.set(day, (byDay.get(day) ?? 0n) + count);
    const peak = [...byDay].sort(([a, x], [b, y]) => (x === y ? (a < b ? -1 : 1) : x > y ? -1 : 1))[0]?.[0];
    const recent = sum(bought.filter(({ day }) => day >= addDays(asOf, -28)).map((e) => e.units));
    const top = [...buyers].sort(([a, x], [b, y]) =>
      x.revenue === y.revenue ? Number(a) - Number(b) : x.revenue > y.revenue ? -1 : 1,
    );
    return {
      id: product.product_id as string,
      units: text(units, 3),
      windowUnits: text(sum(bought.filter(inWindow).map((e) => e.units)), 3),
      revenue: text(revenue, 4),
      window: text(net(bought.filter(inWindow), returned.filter(inWindow)), 4),
      orders: new Set(bought.map(({ order }) => order.id)).size,
      customers: buyers.size,
      price: units === 0n ? null : text(divide(sum(bought.map((e) => e.amount)) * 1000n, units), 4),
      cost: costs === null ? null : text(costs, 4),
      profit: costs === null ? null : text(revenue - costs, 4),
      repeat:
        buyers.size === 0
          ? null
          : [...buyers.values()].filter(({ orders: times }) => times.size > 1).length / buyers.size,
      peak: peak ?? null,
      top: top.slice(0, 5).map(([id]) => id),
      perDay: Number(recent) / 1000 / 28,
    };
  });
  return { customers, goods, revenue: net(sales, refunds) };
}
