/**
 * A shop that goes on selling, changing and deleting while it is read. It keeps its own books: a trigger notes every
 * version of an order with the time at which its transaction began. The total of an order is always that of its lines.
 */
import { setTimeout as wait } from 'node:timers/promises';
import type { TestPostgres } from './postgres';

const KEYS = 1_000;
const PAUSE_MS = 40;
const TABLES = `
  CREATE TABLE orders (order_id bigint PRIMARY KEY, total numeric(12,2) NOT NULL, updated_at timestamptz NOT NULL);
  CREATE TABLE order_items (order_id bigint REFERENCES orders ON DELETE CASCADE, line_no int, amount numeric(12,2) NOT NULL,
    PRIMARY KEY (order_id, line_no));
  CREATE INDEX ON orders (updated_at);
  CREATE TABLE books (entry bigserial PRIMARY KEY, order_id bigint NOT NULL, total numeric(12,2), at timestamptz NOT NULL DEFAULT now());
  CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF TG_OP = 'DELETE' THEN INSERT INTO books (order_id) VALUES (OLD.order_id);
    ELSE INSERT INTO books (order_id, total) VALUES (NEW.order_id, NEW.total); END IF;
    RETURN NULL; END $$;
  CREATE TRIGGER note AFTER INSERT OR UPDATE OR DELETE ON orders FOR EACH ROW EXECUTE FUNCTION note()`;

const stock = (orders: number) => `
  INSERT INTO orders SELECT n * ${KEYS}, 4.50, now() - interval '1 day' FROM generate_series(1, ${orders}) AS n;
  INSERT INTO order_items SELECT n * ${KEYS}, line, 2.25 FROM generate_series(1, ${orders}) AS n, generate_series(1, 2) AS line;
  ANALYZE orders, order_items`;

/** What the books say of an order at a cut and since. */
export interface Entry {
  /** Totals that it may have: at the cut, and each one later; `null` is gone, or not there yet. */
  readonly versions: readonly (string | null)[];
  /** Nothing happened to it since the cut. */
  readonly still: boolean;
}

export interface SellingShop {
  /** Sales so far. */
  sales(): number;
  /** Ends the selling, and waits for what is under way. */
  close(): Promise<void>;
  /** What was at a cut, and since. */
  books(cut: string): Promise<ReadonlyMap<string, Entry>>;
}

/** One transaction; some stay open for a while. */
function sale(orders: number): string {
  const key = Math.ceil(Math.random() * orders * KEYS);
  const known = `(SELECT order_id FROM orders WHERE order_id >= ${key} ORDER BY order_id LIMIT 1)`;
  const pause = Math.random() < 0.02 ? 'SELECT pg_sleep(0.5);' : '';
  const dice = Math.random();
  if (dice < 0.45)
    return `BEGIN; WITH sold AS (INSERT INTO orders VALUES (${key}, 3, now()) ON CONFLICT DO NOTHING RETURNING order_id)
      INSERT INTO order_items SELECT order_id, line, 1 FROM sold, generate_series(1, 3) AS line; ${pause} COMMIT`;
  if (dice < 0.9)
    return `BEGIN; WITH one AS (UPDATE orders SET total = total + 0.01, updated_at = now() WHERE order_id = ${known} RETURNING order_id)
      UPDATE order_items SET amount = amount + 0.01 FROM one WHERE order_items.order_id = one.order_id AND line_no = 1; ${pause} COMMIT`;
  return `DELETE FROM orders WHERE order_id = ${known}`;
}

/** Opens a shop of so many orders and begins to sell in so many sessions. A server that is away is waited for. */
export async function openSellingShop(
  postgres: TestPostgres,
  { orders, sellers }: { readonly orders: number; readonly sellers: number },
): Promise<SellingShop> {
  await postgres.run(TABLES);
  await postgres.run(stock(orders));
  const closing = new AbortController();
  let sales = 0;
  const sell = async () => {
    let session: Awaited<ReturnType<TestPostgres['session']>> | undefined;
    while (!closing.signal.aborted) {
      try {
        session ??= await postgres.session();
        await session(sale(orders));
        sales += 1;
        // However long the machine takes to read the shop, most of it stands still.
        await wait(PAUSE_MS);
      } catch {
        // The server is away, or two sellers were in each other's way.
        session = undefined;
        await wait(50);
      }
    }
  };
  const selling = Array.from({ length: sellers }, sell);
  return {
    sales: () => sales,
    async close() {
      closing.abort();
      await Promise.all(selling);
    },
    async books(cut) {
      const rows = await postgres.run(`
        SELECT order_id, string_agg(coalesce(total::text, ''), ' ' ORDER BY entry) FILTER (WHERE at >= '${cut}') AS since,
          (array_agg(total ORDER BY entry DESC) FILTER (WHERE at < '${cut}'))[1] AS before
        FROM books GROUP BY order_id`);
      return new Map(
        rows.map(({ order_id: id, since, before }) => {
          const later = since === null || since === undefined ? [] : since.split(' ').map((total) => total || null);
          return [String(id), { versions: [before ?? null, ...later], still: later.length === 0 }];
        }),
      );
    },
  };
}
