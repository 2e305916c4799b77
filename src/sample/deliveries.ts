/**
 * A shop has one history, and a delivery is what was known of it at a midnight: every row then, or only those that are
 * new or changed since the delivery before. So all deliveries up to a day, merged by key (the last one wins, a changed
 * order replaces all its lines), are the shop as it was known on that day.
 */
import type { Day } from './calendar';
import { DAYS, type Shop } from './options';

/** No order changes or is refunded on a day that many days after its own, or later; see orders.ts. */
export const CHANGING_DAYS = 37;
/** Orders, and users, in one file; about a million lines. */
const ROWS_PER_FILE = 400_000;

/** Rows by number, from 0; the end is not among them. */
export interface Span {
  readonly first: number;
  readonly end: number;
}

export interface Delivery {
  /** In the names of its files; nothing for a shop that is not a series. */
  readonly suffix: string;
  /** Days that it knows of. */
  readonly days: number;
  /** The day at whose midnight it was made, which is not in it. */
  readonly day: string;
  readonly until: number;
  /** Midnight and day of the delivery before; none means that everything is new. */
  readonly since?: { readonly day: string; readonly at: number };
  readonly isLast: boolean;
  /** Those that can be in it. */
  readonly orders: Span;
  readonly users: Span;
}

/** Cuts as many rows into what one file holds. */
export const spansOf = (rows: number): Span[] =>
  Array.from({ length: Math.ceil(rows / ROWS_PER_FILE) }, (_, file) => ({
    first: file * ROWS_PER_FILE,
    end: Math.min(rows, (file + 1) * ROWS_PER_FILE),
  }));

export const overlap = (left: Span, right: Span): boolean => left.first < right.end && right.first < left.end;

export function deliveriesOf(shop: Shop, calendar: readonly Day[]): Delivery[] {
  const dayAt = (days: number) => calendar[days]?.day ?? shop.until;
  const nights = shop.days ?? 1;
  return Array.from({ length: nights }, (_, night) => {
    const days = DAYS - nights + 1 + night;
    const last = calendar[days - 1] as Day;
    const changing = calendar[Math.max(0, days - 1 - CHANGING_DAYS)] as Day;
    return {
      suffix: shop.days === undefined ? '' : `-${dayAt(days)}`,
      days,
      day: dayAt(days),
      until: last.ends,
      ...(night === 0 ? {} : { since: { day: last.day, at: last.midnight } }),
      isLast: night === nights - 1,
      orders: { first: night === 0 ? 0 : changing.firstOrder, end: last.endOrder },
      users: { first: 0, end: last.endUser },
    };
  });
}

/** SQL of: the time in that column is in the delivery. */
export const isNew = ({ since, until }: Delivery, column: string): string =>
  since === undefined ? `${column} < ${until}` : `(${column} >= ${since.at} AND ${column} < ${until})`;
