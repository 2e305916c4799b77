/** SELECTs that follow their key, over tables of a small shop. */
import type { Column } from '../../../src/domain/receipt';

const columns = (text: string): Column[] =>
  text.split('; ').map((one) => {
    const [name = '', ...type] = one.split(' ');
    return { name, type: type.join(' ') };
  });
export const TABLES: ReadonlyMap<string, readonly Column[]> = new Map([
  ['orders', columns('order_id BIGINT; user_id INTEGER; note VARCHAR; total DOUBLE; day DATE; tags VARCHAR[]')],
  ['lines', columns('order_id BIGINT; line_no INTEGER; product_id INTEGER; quantity DOUBLE')],
  ['cancelled', columns('order_id INTEGER; reason VARCHAR')],
  ['imported', columns('order_id VARCHAR; user_id INTEGER')],
  ['places', columns('order_id BIGINT; s STRUCT(order_id BIGINT, city VARCHAR)')],
  ['users', columns('user_id INTEGER; country VARCHAR; visits INTEGER')],
  ['countries', columns('country VARCHAR; region VARCHAR')],
  ['products', columns('product_id INTEGER; label VARCHAR')],
  ['fx', columns('day DATE; rate DOUBLE')],
]);

export const L = 'LEFT JOIN lines AS l ON l.order_id = o.order_id';
export const U = 'LEFT JOIN users AS u ON u.user_id = o.user_id';

/** What it is, the SELECT, and how its tables are used. */
export const FOLLOWING: readonly (readonly [string, string, string])[] = [
  ['rows of one table', 'SELECT order_id, note FROM orders', 'keyed orders'],
  ['a name in capitals', 'SELECT "Order_ID", note FROM Orders', 'keyed orders'],
  ['a star', 'SELECT * FROM orders', 'keyed orders'],
  ['a star without others', 'SELECT * EXCLUDE (note) REPLACE (1 AS total) FROM orders', 'keyed orders'],
  ['joined by it', `SELECT o.order_id, l.line_no FROM orders AS o ${L}`, 'keyed lines orders'],
  ['joined USING it', 'SELECT order_id, line_no FROM orders JOIN lines USING (order_id)', 'keyed lines orders'],
  ['with itself', 'SELECT a.order_id, b.note FROM orders a JOIN orders b ON a.order_id = b.order_id', 'keyed orders'],
  [
    'by it where NULL counts',
    'SELECT o.order_id FROM orders o JOIN lines l ON l.order_id IS NOT DISTINCT FROM o.order_id',
    'keyed lines orders',
  ],
  [
    'whole numbers of two sizes',
    'SELECT o.order_id FROM orders o JOIN cancelled c ON c.order_id = o.order_id',
    'keyed cancelled orders',
  ],
  ['SEMI by it', 'SELECT order_id FROM orders SEMI JOIN lines USING (order_id)', 'keyed lines orders'],
  [
    'ANTI by it',
    'SELECT order_id FROM orders o ANTI JOIN cancelled c ON c.order_id = o.order_id',
    'keyed cancelled orders',
  ],
  ['a lookup', `SELECT o.order_id, u.country FROM orders o ${U}`, 'keyed orders, lookups users'],
  [
    'a lookup before it',
    'SELECT o.order_id, u.country FROM users u RIGHT JOIN orders o ON u.user_id = o.user_id',
    'keyed orders, lookups users',
  ],
  [
    'a lookup by commas',
    'SELECT order_id, country FROM orders o, users u WHERE u.user_id = o.user_id',
    'keyed orders, lookups users',
  ],
  [
    'a lookup of a lookup',
    `SELECT o.order_id, c.region FROM orders o ${U} LEFT JOIN countries c ON c.country = u.country`,
    'keyed orders, lookups countries users',
  ],
  [
    'a lookup twice',
    `SELECT o.order_id, u.country, v.country AS other FROM orders o ${U} JOIN users v ON v.visits = o.total`,
    'keyed orders, lookups users users',
  ],
  [
    'lookups joined first',
    'SELECT o.order_id, c.region FROM orders o JOIN (users u JOIN countries c USING (country)) ON u.user_id = o.user_id',
    'keyed orders, opaque countries users',
  ],
  [
    'lookups in front',
    'SELECT o.order_id FROM users u JOIN countries c ON c.country = u.country JOIN orders o ON o.user_id = u.user_id AND o.note = c.region',
    'keyed orders, opaque countries users',
  ],
  [
    'a lookup behind a grouping',
    'SELECT o.order_id, n FROM orders o LEFT JOIN (SELECT country, count(*) AS n FROM users GROUP BY country) c ON c.country = o.note',
    'keyed orders, opaque users',
  ],
  [
    'a lookup behind a semi-join',
    'SELECT o.order_id FROM orders o JOIN (SELECT u.user_id FROM users u SEMI JOIN countries c ON c.country = u.country) v ON v.user_id = o.user_id',
    'keyed orders, opaque countries users',
  ],
  [
    'a semi-join with a subquery',
    'SELECT order_id FROM orders o SEMI JOIN (SELECT user_id FROM users) u ON u.user_id = o.user_id',
    'keyed orders, opaque users',
  ],
  [
    'a lookup that is one of a semi-join too',
    `SELECT o.order_id FROM orders o ${U} SEMI JOIN users v ON v.visits = o.total`,
    'keyed orders, lookups users, opaque users',
  ],
  [
    'a lookup in a condition',
    'SELECT order_id FROM orders WHERE user_id IN (SELECT user_id FROM users)',
    'keyed orders, opaque users',
  ],
  [
    'a lookup in a value',
    'SELECT order_id, (SELECT max(rate) FROM fx WHERE fx.day <= orders.day) AS rate FROM orders',
    'keyed orders, opaque fx',
  ],
  [
    'a lookup in a condition of a join',
    'SELECT o.order_id FROM orders o LEFT JOIN users u ON u.user_id = (SELECT max(rate) FROM fx)',
    'keyed orders, lookups users, opaque fx',
  ],
  [
    'a lookup in a set operation of a condition',
    'SELECT order_id FROM orders WHERE user_id IN (SELECT user_id FROM users UNION SELECT product_id FROM products)',
    'keyed orders, opaque products users',
  ],
  [
    'a lookup as another sees it',
    'SELECT o.order_id, r FROM orders o, LATERAL (SELECT max(rate) AS r FROM fx WHERE fx.day <= o.day)',
    'keyed orders, opaque fx',
  ],
  [
    'a lookup named with a parameter',
    "SELECT order_id FROM orders o JOIN fx ON fx.day = o.day AND fx.day > date_trunc('month', getvariable('since'))",
    'keyed orders, lookups fx',
  ],
  [
    'a common table',
    `WITH f AS MATERIALIZED (SELECT o.order_id, u.country FROM orders o ${U}) SELECT * FROM f JOIN lines USING (order_id)`,
    'keyed lines orders, lookups users',
  ],
  [
    'through a common table and directly',
    `WITH f AS (SELECT o.order_id AS id, u.country FROM orders o ${U}) SELECT l.order_id FROM lines l JOIN f ON f.id = l.order_id JOIN users v ON v.country = f.country`,
    'keyed lines orders, lookups users users',
  ],
  [
    'a common table of a table of its name',
    "WITH orders AS (SELECT * FROM orders WHERE note = 'a') SELECT * FROM orders",
    'keyed orders',
  ],
  [
    'EXISTS by it',
    'SELECT order_id FROM orders o WHERE EXISTS (FROM lines l WHERE l.order_id = o.order_id AND l.quantity > 1)',
    'keyed lines orders',
  ],
  [
    'EXISTS by it as a value',
    'SELECT order_id, CASE WHEN NOT EXISTS (FROM lines l WHERE l.order_id = o.order_id) THEN 1 END AS x FROM orders o',
    'keyed lines orders',
  ],
  [
    'IN by it',
    'SELECT order_id FROM orders WHERE order_id IN (SELECT order_id FROM lines) OR total > 1',
    'keyed lines orders',
  ],
  [
    'a sum by it',
    'SELECT order_id, (SELECT sum(quantity) FROM lines l WHERE l.order_id = o.order_id) AS q FROM orders o',
    'keyed lines orders',
  ],
  [
    'groups',
    'SELECT order_id, count(DISTINCT product_id) FILTER (WHERE quantity > 1) AS n FROM lines GROUP BY order_id HAVING count(*) > 1',
    'keyed lines',
  ],
  ['groups by place', 'SELECT order_id, line_no, count(*) AS n FROM lines GROUP BY 2, 1', 'keyed lines'],
  ['groups by a name', 'SELECT order_id AS order_id, count(*) AS n FROM lines AS l GROUP BY order_id', 'keyed lines'],
  ['groups by all', 'SELECT order_id, count(*) AS n FROM lines GROUP BY ALL', 'keyed lines'],
  [
    'windows',
    'SELECT order_id, sum(quantity) OVER w AS q FROM lines WINDOW w AS (PARTITION BY order_id, product_id ORDER BY line_no)',
    'keyed lines',
  ],
  ['the first of each', 'SELECT DISTINCT ON (order_id) order_id, line_no FROM lines ORDER BY line_no', 'keyed lines'],
  [
    'QUALIFY',
    'SELECT order_id FROM lines QUALIFY row_number() OVER (PARTITION BY order_id ORDER BY line_no) = 1',
    'keyed lines',
  ],
  [
    'a union',
    'SELECT order_id, note FROM orders UNION ALL SELECT order_id, reason FROM cancelled',
    'keyed cancelled orders',
  ],
  [
    'a union by name',
    'SELECT note, order_id FROM orders UNION ALL BY NAME SELECT order_id, reason FROM cancelled',
    'keyed cancelled orders',
  ],
  ['a difference', 'SELECT order_id FROM orders EXCEPT SELECT order_id FROM cancelled', 'keyed cancelled orders'],
  ['unnest', 'SELECT o.order_id, t.tag FROM orders o, unnest(o.tags) AS t(tag)', 'keyed orders'],
  ['unnest behind it', 'SELECT order_id, unnest(tags) AS tag FROM orders', 'keyed orders'],
  ['lists', 'SELECT order_id, list_transform(tags, lambda x: upper(x)) AS tags FROM orders', 'keyed orders'],
  [
    'a list in order',
    'SELECT order_id, list(line_no ORDER BY line_no) AS l FROM lines GROUP BY order_id',
    'keyed lines',
  ],
];
