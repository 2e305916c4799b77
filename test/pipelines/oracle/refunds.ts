/** Refunds of orders, each belonging to a line, on its own day or on its order's when that is later. */
import { dayOf } from './days';
import type { Event } from './ledger';
import { divide, MONEY, RATE, scaled, sum, UNITS } from './money';
import { isRecognised, type Line, type Order } from './orders';
import { groupBy, type RefundRow, type Setting, type Sources } from './rows';

const lowest = (lines: readonly Line[]): Line => lines.reduce((a, b) => (b.number < a.number ? b : a));
const largest = (lines: readonly Line[], by: (line: Line) => bigint): Line => {
  const most = lines.map(by).reduce((a, b) => (b > a ? b : a));
  return lowest(lines.filter((line) => by(line) === most));
};

/** What each line gets of a whole: its rounded share by weight, and one line the rest, which may be negative. */
function spread(whole: bigint, lines: readonly Line[], weight: (line: Line) => bigint, rest: Line): Map<Line, bigint> {
  const weights = sum(lines.map(weight));
  const shares = new Map(
    lines.map((line) => [line, weights === 0n ? 0n : divide(whole * weight(line), weights)] as const),
  );
  shares.set(rest, (shares.get(rest) ?? 0n) + whole - sum([...shares.values()]));
  return shares;
}

function refundOf(row: RefundRow, order: Order, zone: string): Event[] {
  const day = Math.max(dayOf(row.refunded_at, zone), order.day);
  const amount = divide(scaled(row.amount, MONEY) * order.rate, 10n ** BigInt(RATE));
  const units = scaled(row.quantity ?? '0', UNITS);
  const { lines } = order;
  const named = lines.find(({ number }) => row.line_no !== null && number === Number(row.line_no));
  if (named !== undefined) return [{ order, line: named, day, units, amount }];
  const byAmount = (line: Line) => line.amount;
  const byUnits = (line: Line) => line.units;
  const nothing = sum(lines.map(byAmount)) === 0n;
  const amounts = spread(amount, lines, byAmount, nothing ? lowest(lines) : largest(lines, byAmount));
  const quantities = spread(units, lines, byUnits, largest(lines, byUnits));
  return lines.map((line) => ({
    order,
    line,
    day,
    units: quantities.get(line) ?? 0n,
    amount: amounts.get(line) ?? 0n,
  }));
}

/** An order in status refunded without any row, which counts as wholly refunded when it was last updated. */
const wholeOf = (order: Order): Event[] =>
  order.lines.map((line) => ({
    order,
    line,
    day: Math.max(order.updatedDay, order.day),
    units: line.units,
    amount: line.amount,
  }));

/** Refunds of any day. */
export function refundsOf(sources: Sources, orders: readonly Order[], { zone }: Setting): Event[] {
  const rows = groupBy(sources.refunds, (row) => row.order_id);
  return orders.filter(isRecognised).flatMap((order) => {
    const own = rows.get(order.id) ?? [];
    if (own.length === 0 && order.status === 'refunded') return wholeOf(order);
    return own.flatMap((row) => refundOf(row, order, zone));
  });
}
