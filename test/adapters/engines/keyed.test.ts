/** What follows its key, and what only seems to: the SELECTs that an adversary would write. */
import { duckDbEngine } from '../../../src/adapters/engines/duckdb';
import { duckDb } from '../../../src/adapters/engines/duckdb/client';
import { FOLLOWING, L, TABLES, U } from './keyed-selects';

const engine = duckDbEngine(duckDb());
afterAll(async () => {
  await engine.close();
});

async function follow(sql: string, key: readonly string[] = ['order_id']) {
  return await engine.follow({ sql, key, tables: TABLES, variables: { since: { type: 'DATE', value: '2026-01-01' } } });
}

async function told(sql: string, key?: readonly string[]) {
  const answer = await follow(sql, key);
  if ('problem' in answer) return answer.problem.message;
  const { keyed, lookups, opaque } = answer;
  const each = { keyed, lookups: lookups.map(({ table }) => table), opaque };
  return Object.entries(each)
    .flatMap(([kind, names]) => (names.length === 0 ? [] : [`${kind} ${names.toSorted().join(' ')}`]))
    .join(', ');
}

test.each(FOLLOWING)('follows: %s', async (_, sql, expected) => {
  expect(await told(sql)).toBe(expected);
});

test.each([
  ['a table without it', 'SELECT user_id AS order_id FROM users', /no table that it reads has it/],
  ['another name', 'SELECT order_id AS id, note AS order_id FROM orders', /another name|something else/],
  ['a name that is lost', 'SELECT order_id AS id FROM orders', /order_id has another name/],
  ['an expression', 'SELECT order_id + 0 AS order_id FROM orders', /order_id is the name of something else/],
  [
    'behind another of its name',
    'SELECT order_id FROM (SELECT user_id AS order_id, order_id FROM orders)',
    /name of something else/,
  ],
  ['replaced', 'SELECT * REPLACE (user_id AS order_id) FROM orders', /order_id is not among its columns/],
  ['renamed', 'SELECT * RENAME (order_id AS id, user_id AS order_id) FROM orders', /another name|not among/],
  ['a pattern', "SELECT COLUMNS('order.*') FROM orders", /not among its columns/],
  ['a field of its name', 'SELECT p.s.order_id FROM places p', /not among its columns/],
  [
    'a field of a column that is called as a table',
    'SELECT p.s.order_id FROM places p JOIN orders s ON s.order_id = p.order_id',
    /not among its columns/,
  ],
  ['fields in front', 'SELECT unnest(s), order_id FROM places', /not among its columns/],
  ['names of a table alias', 'SELECT order_id, x FROM orders AS o(x, order_id)', /gives its columns other names/],
  [
    'names of a subquery',
    'SELECT order_id FROM (SELECT note, order_id FROM orders) AS o(order_id, note)',
    /gives its columns other names/,
  ],
  [
    'names of a common table',
    'WITH o(order_id, x) AS (SELECT user_id, order_id FROM orders) SELECT order_id FROM o',
    /WITH o\(…\) gives/,
  ],
  ['the weak side of a LEFT JOIN', `SELECT l.order_id, o.note FROM orders o ${L}`, /not among its columns/],
  ['the weak side by a star', `SELECT l.* FROM orders o ${L}`, /not among its columns/],
  [
    'groups of a weak side',
    `SELECT o.order_id, g.n FROM orders o JOIN (SELECT l.order_id, count(*) AS n FROM orders o ${L} GROUP BY l.order_id) g ON g.order_id = o.order_id`,
    /GROUP BY other columns/,
  ],
  [
    'a window of a weak side',
    `SELECT o.order_id, count(*) OVER (PARTITION BY l.order_id) AS n FROM orders o ${L}`,
    /window over other keys/,
  ],
  [
    'not joined by it',
    'SELECT o.order_id FROM orders o JOIN lines l ON l.product_id = o.user_id',
    /l is not joined by it/,
  ],
  [
    'joined by it or else',
    'SELECT o.order_id FROM orders o JOIN lines l ON l.order_id = o.order_id OR l.line_no = 1',
    /not joined by it/,
  ],
  [
    'joined by its text',
    'SELECT o.order_id FROM orders o JOIN imported i ON i.order_id = o.order_id',
    /order_id is BIGINT in orders and VARCHAR in imported/,
  ],
  [
    'by commas',
    'SELECT o.order_id FROM orders o, lines l WHERE l.order_id = o.order_id',
    /l is not joined by it; expected JOIN … ON/,
  ],
  [
    'USING columns that are called otherwise',
    'SELECT a.order_id FROM (SELECT order_id, user_id AS k FROM orders) a JOIN (SELECT order_id AS k, user_id AS order_id FROM orders) b USING (order_id, k)',
    /name of something else|not joined/,
  ],
  ['FULL', 'SELECT o.order_id FROM orders o FULL JOIN lines l ON l.order_id = o.order_id', /a FULL JOIN/],
  ['RIGHT', 'SELECT l.order_id FROM orders o RIGHT JOIN lines l ON l.order_id = o.order_id', /a RIGHT JOIN/],
  [
    'LEFT of a lookup',
    'SELECT o.order_id FROM users u LEFT JOIN orders o ON u.user_id = o.user_id',
    /a LEFT JOIN of a table without order_id/,
  ],
  ['NATURAL', 'SELECT order_id FROM orders NATURAL JOIN lines', /a NATURAL join/],
  ['POSITIONAL', 'SELECT o.order_id FROM orders o POSITIONAL JOIN users', /a POSITIONAL join/],
  ['ASOF', 'SELECT o.order_id FROM orders o ASOF JOIN fx ON fx.day <= o.day', /an? ASOF join/],
  ['a pivot', 'FROM (UNPIVOT orders ON note INTO NAME n VALUE v) SELECT order_id, v', /a pivot of tables/],
  [
    'recursion',
    'WITH RECURSIVE r AS (SELECT order_id FROM orders UNION ALL SELECT order_id + 1 FROM r) SELECT * FROM r',
    /WITH RECURSIVE/,
  ],
  [
    'EXISTS of others',
    'SELECT order_id FROM orders o WHERE EXISTS (FROM lines l WHERE l.product_id = o.user_id)',
    /rows of other keys/,
  ],
  [
    'EXISTS by the inner table alone',
    'SELECT order_id FROM orders WHERE EXISTS (FROM lines WHERE lines.order_id = order_id)',
    /rows of other keys/,
  ],
  [
    'EXISTS by an inner table of the same name',
    'SELECT order_id FROM orders WHERE EXISTS (FROM orders WHERE orders.order_id = orders.order_id)',
    /rows of other keys/,
  ],
  [
    'EXISTS by a weak side',
    'SELECT order_id FROM orders o WHERE EXISTS (FROM lines x LEFT JOIN cancelled c ON c.order_id = x.order_id WHERE c.order_id IS NOT DISTINCT FROM o.order_id)',
    /rows of other keys/,
  ],
  ['IN of others', 'SELECT order_id FROM orders WHERE user_id IN (SELECT product_id FROM lines)', /rows of other keys/],
  [
    'IN of another column',
    'SELECT order_id FROM orders WHERE order_id IN (SELECT product_id AS p FROM lines)',
    /not among its columns/,
  ],
  [
    'IN of some',
    'SELECT order_id FROM orders WHERE order_id IN (SELECT order_id FROM lines ORDER BY quantity LIMIT 3)',
    /LIMIT counts rows of all keys/,
  ],
  [
    'IN of the first of all',
    'SELECT order_id FROM orders WHERE order_id IN (SELECT order_id FROM lines QUALIFY row_number() OVER () = 1)',
    /window over other keys/,
  ],
  [
    'more than any',
    'SELECT order_id FROM orders WHERE order_id > ANY (SELECT order_id FROM lines)',
    /rows of other keys/,
  ],
  [
    'NOT IN',
    'SELECT order_id FROM orders WHERE order_id NOT IN (SELECT order_id FROM lines)',
    /NOT IN.*write NOT EXISTS/,
  ],
  ['other than all', 'SELECT order_id FROM orders WHERE order_id <> ALL (SELECT order_id FROM lines)', /NOT IN/],
  ['IN as a value', 'SELECT order_id, order_id IN (SELECT order_id FROM lines) AS x FROM orders', /IN as a value/],
  ['a sum of all', 'SELECT order_id, (SELECT sum(total) FROM orders) AS all FROM orders', /rows of other keys/],
  [
    'a sum of all in a condition of a join',
    'SELECT o.order_id FROM orders o LEFT JOIN users u ON u.visits = (SELECT count(*) FROM orders)',
    /rows of other keys/,
  ],
  [
    'a sum of all in VALUES',
    'SELECT o.order_id, v.n FROM orders o, (VALUES ((SELECT count(*) FROM lines))) AS v(n)',
    /in a table without it/,
  ],
  [
    'a list of all',
    'SELECT o.order_id, t.x FROM orders o, unnest((SELECT list_value(max(total)) FROM orders)) AS t(x)',
    /rows of other keys/,
  ],
  [
    'a sum of all to order by',
    'SELECT DISTINCT ON (order_id) order_id, line_no FROM lines ORDER BY (SELECT sum(total) FROM orders)',
    /rows of other keys/,
  ],
  ['a sum of all to limit by', 'SELECT order_id FROM orders LIMIT (SELECT count(*) FROM users)', /LIMIT/],
  [
    'rows of it in a lookup',
    'SELECT o.order_id FROM orders o JOIN (SELECT user_id FROM users WHERE user_id IN (SELECT user_id FROM orders)) u ON u.user_id = o.user_id',
    /in a table without it/,
  ],
  ['an aggregate of all', 'SELECT max(order_id) AS order_id FROM orders', /an aggregate of all rows/],
  [
    'groups of others',
    'SELECT any_value(order_id) AS order_id, user_id FROM orders GROUP BY user_id',
    /GROUP BY other columns; expected order_id/,
  ],
  [
    'groups by a place behind a star',
    'SELECT u.*, o.order_id, count(*) AS n FROM users u JOIN orders o ON o.user_id = u.user_id GROUP BY 2, ALL',
    /./,
  ],
  [
    'groups by a name that is not it',
    'SELECT user_id AS order_id, count(*) AS n FROM orders GROUP BY 1',
    /GROUP BY other columns/,
  ],
  [
    'ROLLUP',
    'SELECT order_id, line_no, count(*) AS n FROM lines GROUP BY ROLLUP (order_id, line_no)',
    /several groupings/,
  ],
  [
    'GROUPING SETS',
    'SELECT order_id, count(*) AS n FROM lines GROUP BY GROUPING SETS ((order_id), ())',
    /several groupings/,
  ],
  [
    'a window of all',
    'SELECT order_id, row_number() OVER (ORDER BY order_id) AS n FROM orders',
    /window over other keys; expected PARTITION BY order_id/,
  ],
  [
    'a window by what is computed',
    'SELECT order_id, sum(total) OVER (PARTITION BY order_id // 2) AS n FROM orders',
    /window over other keys/,
  ],
  [
    'a named window of all',
    'SELECT order_id, sum(total) OVER w AS n FROM orders WINDOW w AS (PARTITION BY user_id)',
    /window over other keys/,
  ],
  [
    'a window of all in QUALIFY',
    'SELECT order_id FROM orders QUALIFY rank() OVER (ORDER BY total) < 3',
    /window over other keys/,
  ],
  [
    'the first of others',
    'SELECT DISTINCT ON (user_id) order_id, user_id FROM orders ORDER BY total',
    /DISTINCT ON other columns/,
  ],
  ['LIMIT', 'SELECT order_id FROM orders ORDER BY total LIMIT 3', /LIMIT/],
  ['LIMIT inside', 'SELECT order_id FROM (SELECT order_id FROM orders ORDER BY total LIMIT 3)', /LIMIT/],
  ['LIMIT of a union', 'SELECT order_id FROM orders UNION ALL SELECT order_id FROM lines LIMIT 3', /LIMIT/],
  ['a sample', 'SELECT order_id FROM orders USING SAMPLE 10%', /a sample/],
  ['a sample of a table', 'SELECT order_id FROM orders TABLESAMPLE 10%', /a sample/],
  [
    'a sample of a lookup',
    'SELECT order_id FROM orders o JOIN users TABLESAMPLE 10% ON users.user_id = o.user_id',
    /a sample/,
  ],
  [
    'a union in other places',
    'SELECT order_id, user_id FROM orders UNION ALL SELECT product_id, order_id FROM lines',
    /same place/,
  ],
  [
    'a union by name of others',
    'SELECT order_id, note FROM orders UNION ALL BY NAME SELECT order_id AS id, reason FROM cancelled',
    /same place/,
  ],
  ['a union with a table without it', 'SELECT order_id FROM orders UNION ALL SELECT user_id FROM users', /same place/],
  ['random()', 'SELECT order_id, random() AS r FROM orders', /random\(…\) gives another value each time/],
  ['uuid()', 'SELECT order_id, uuid() AS r FROM orders', /uuid\(…\)/],
  ['now()', 'SELECT order_id FROM orders WHERE day < now()', /now\(…\)/],
  ['the day', 'SELECT order_id FROM orders WHERE day < current_date', /current_date is another one/],
  ['age until now', 'SELECT order_id, age(day) AS a FROM orders', /age\(…\)/],
  ['a place of a row', 'SELECT order_id, o.rowid AS n FROM orders o', /rowid/],
  [
    'a list in any order',
    'SELECT order_id, list(line_no) AS l FROM lines GROUP BY order_id',
    /list\(…\) without an ORDER BY/,
  ],
])('is refused: %s', async (_, sql, expected) => {
  expect(await told(sql)).toMatch(expected);
});

const used = async (sql: string) => {
  const answer = await follow(sql);
  return 'problem' in answer ? answer.problem.message : answer.used;
};

test('columns that are read count as changes; a table of which none is named counts by its rows', async () => {
  const [all, first] = [['user_id', 'country', 'visits'], ['user_id']];
  expect(await used(`SELECT o.order_id, u.country FROM orders o ${U}`)).toMatchObject({
    orders: ['order_id', 'user_id'],
    users: ['user_id', 'country'],
  });
  for (const sql of [
    'SELECT * FROM (SELECT o.order_id FROM orders o WHERE EXISTS (SELECT * FROM users))',
    'SELECT order_id, (SELECT count(*) FROM users) AS n FROM orders',
  ])
    expect(await used(sql)).toMatchObject({ orders: ['order_id'], users: first });
  for (const sql of [
    `SELECT o.order_id, u FROM orders o ${U}`,
    `SELECT o.order_id, to_json(u) AS u FROM orders o ${U}`,
    `SELECT o.order_id, u.* FROM orders o ${U}`,
    'SELECT o.order_id, v FROM orders o CROSS JOIN (SELECT #3 AS v FROM users)',
    `SELECT o.order_id, (SELECT to_json(t)::VARCHAR FROM (SELECT u.*) AS t) AS x FROM orders o ${U}`,
    'SELECT o.order_id FROM orders o JOIN (FROM users NATURAL JOIN countries) n ON n.region = o.note',
  ])
    expect(await used(sql)).toMatchObject({ users: all });
  expect(await used('SELECT order_id, p.s.city, s.city AS c FROM places p')).toMatchObject({
    places: ['order_id', 's'],
  });
});
