/** What the page says, section by section, and what it says when something is missing. */
import type { PlanDocument } from '../../src/domain/plan';
import type { Receipt } from '../../src/domain/receipt';
import type { CheckResult } from '../../src/domain/run';
import { removeTemporaryFolders } from '../dev/temporary';
import { reporter, reportFrom, type Shown, textOf } from './support';

const site = reporter();
const problems = jest.spyOn(console, 'error');
afterAll(async () => {
  await site.close();
  await removeTemporaryFolders();
});

const text = async (shown: Shown) => textOf(await site.html(shown)).replaceAll(/[\u00A0\u202F]/g, ' ');
const section = (yaml: string) => reportFrom(`pages: [{title: Page, sections: [${yaml}]}]`);

const SUMMARY = `SELECT 1200.5::DECIMAL(18,4) AS revenue, 1000::DECIMAL(18,4) AS previous_revenue,
  0.25::DOUBLE AS margin, 0.27::DOUBLE AS previous_margin, 5::BIGINT AS orders, 0::BIGINT AS previous_orders,
  NULL::DECIMAL(18,4) AS profit, 'Tools' AS top_category, DATE '2026-11-03' AS best_day`;

test('figures with their change: relative, in points, against nothing, and without a value', async () => {
  const report =
    section(`{as: figures, title: The window, compared_with: the window before, sql: FROM summary, figures: [
    {label: Revenue, value: revenue, previous: previous_revenue, format: money, good: up},
    {label: Margin, value: margin, previous: previous_margin, format: share, good: up},
    {label: Orders, value: orders, previous: previous_orders},
    {label: Profit, value: profit, previous: previous_revenue, format: money},
    {label: Best category, value: top_category}, {label: Best day, value: best_day}]}`);
  const html = await site.html({ report, tables: { summary: SUMMARY } });
  const said = textOf(html);
  expect(said).toContain('Compared with the window before.');
  expect(said).toContain('Revenue €1,200.50 ▲ up 20.1% from €1,000');
  expect(said).toContain('Margin 25.0% ▼ down 2.0 pts from 27.0%');
  expect(said).toContain('Orders 5 no comparison from 0');
  expect(said).toContain('Profit – none no comparison from €1,000');
  expect(said).toContain('Best category Tools');
  expect(said).toContain('Best day 3 Nov 2026');
  expect(html).toContain('class="better"');
  expect(html).toContain('class="worse"');
});

test('findings stand worst first, each with its owner, recommendation and evidence; subjects stand under their kind', async () => {
  const report = section(
    '{as: findings, title: Findings, sql: FROM insights ORDER BY money DESC, formats: {money: money}}',
  );
  const insights = `SELECT * FROM (VALUES
    ('win_back', NULL, 'info', 900.0, 'Win them back', '{"count": 3, "money": 900.0}', 'Write', 'marketing'),
    ('win_back', '7', 'info', 500.0, 'Grace is gone', '{"days": 80}', 'Write', 'marketing'),
    ('reorder', NULL, 'critical', 20000.0, 'Reorder', '{"count": 1}', 'Order', 'purchasing'),
    ('odd', NULL, 'unheard of', NULL, 'Something else', 'not JSON', NULL, NULL),
    ('shift', NULL, 'warning', 5.0, 'A shift', NULL, NULL, 'category management')
  ) AS t(kind, subject, severity, money, title, evidence, recommendation, owner)`;
  const html = await site.html({ report, tables: { insights } });
  const said = textOf(html);
  const order = ['Reorder', 'A shift', 'Win them back', 'Something else'].map((title) => said.indexOf(title));
  expect(order).toEqual(order.toSorted((a, b) => a - b));
  expect(said).toContain('critical Owner: Purchasing €20,000 Reorder Order count 1');
  // The money is beside the title already.
  expect(said).toContain('info Owner: Marketing €900.00 Win them back Write count 3 1 example');
  expect(said).toContain('Grace is gone');
  expect(html.indexOf('Grace is gone')).toBeGreaterThan(html.indexOf('<summary>1 example'));
  expect(said).toContain('unheard of Something else evidence not JSON');
});

test('bars, lines and a matrix have their figures beside them', async () => {
  const report = reportFrom(`pages:
    - title: Page
      sections:
        - {as: bars, title: Categories, sql: FROM categories ORDER BY revenue DESC, formats: {revenue: money}}
        - {as: line, title: By day, sql: FROM days ORDER BY day, formats: {revenue: money}}
        - {as: matrix, title: Who comes back, sql: FROM cohorts ORDER BY ALL, formats: {retention: share}}
        - {as: line, title: By rank, sql: "SELECT 'place ' || i AS place, i AS points FROM range(1, 5) AS r(i)"}`);
  const html = await site.html({
    report,
    tables: {
      categories: "SELECT * FROM (VALUES ('Tools', 100.0), ('Toys', -50.0), (NULL, NULL)) AS t(category, revenue)",
      days: "SELECT (DATE '2026-11-01' + i::INTEGER) AS day, CASE WHEN i <> 3 THEN 10 * i END AS revenue FROM range(10) AS r(i)",
      cohorts:
        "SELECT * FROM (VALUES ('2026-08', 1, 0.5), ('2026-08', 2, 0.25), ('2026-09', 1, 0.1)) AS t(month, later, retention)",
    },
  });
  const said = textOf(html);
  expect(html.match(/<rect class="visx-bar (above|below)"/g)).toEqual([
    '<rect class="visx-bar above"',
    '<rect class="visx-bar below"',
    '<rect class="visx-bar above"',
  ]);
  expect(said).toContain('Tools €100.00 Toys −€50.00 – none – none');
  expect(said).toContain('Revenue: highest €90.00 on 10 Nov 2026, lowest €0.00 on 1 Nov 2026.');
  expect(said).toContain('The figures, 10 rows');
  expect(html).toContain('role="img" aria-label="By day. Revenue: highest');
  // The day without a value breaks the line.
  expect(html.match(/<path class="visx-linepath" d="(M[^"]*)"/)?.[1]?.match(/M/g)).toHaveLength(2);
  expect(said).toContain('Month 1 2 2026-08 50.0% 25.0% 2026-09 10.0%');
  expect(said).toContain('place 4');
});

test('what is missing is said: a failing section, a table that is gone, no row, more rows; the rest is there', async () => {
  const report = reportFrom(`
headline: {sql: FROM gone_table, text: "{nothing}"}
pages:
  - title: Page
    sections:
      - {as: table, title: Broken, sql: "SELECT error('the figures are odd') AS a FROM there"}
      - {as: table, title: Gone, sql: FROM gone_table}
      - {as: bars, title: Empty, sql: "SELECT 'a' AS a, 1 AS b FROM there WHERE false"}
      - {as: findings, title: Calm, sql: "SELECT 'info' AS severity, 'x' AS title FROM there WHERE false"}
      - {as: table, title: Many, sql: SELECT i FROM range(100) AS r(i) ORDER BY i, limit: 3}
      - {as: table, title: Here, sql: FROM there}`);
  const said = await text({
    report,
    tables: { there: "SELECT 'I am here' AS a", gone_table: '' },
    gone: ['gone_table'],
  });
  expect(said).toContain('Broken Not shown: it could not be computed: ');
  expect(said).toContain('the figures are odd');
  expect(said).toContain('Gone Not shown: the table gone_table is not there.');
  expect(said).toContain('Empty There is no data for this.');
  expect(said).toContain('Calm Nothing was found.');
  expect(said).toContain('Many I 0 1 2 The first 3 rows; the published tables have more.');
  expect(said).toContain('Here A I am here');
  expect(said).toContain('3 sections could not be shown.');
  expect(said).toContain('2 tables with 1 row are ready.');
});

test('a section that takes too long gives way to the others', async () => {
  const report = reportFrom(`pages:
    - title: Page
      sections:
        - {as: table, title: Slow, sql: "SELECT count(*) AS n FROM range(3000000) AS a(i), range(3000000) AS b(j) WHERE i % 7 = j % 11"}
        - {as: table, title: Here, sql: FROM there}`);
  const said = await text({ report, tables: { there: "SELECT 'I am here' AS a" }, plan: { deadline: 200 } });
  expect(said).toContain('Slow Not shown: it could not be computed: the query ran longer than');
  expect(said).toContain('Here A I am here');
});

test('the line on top takes its figures from the tables, and leaves out what is not there', async () => {
  const report = reportFrom(`
headline: {sql: FROM summary, text: "Revenue is {revenue}, {word} the days before; {none} {best_day} was best.", formats: {revenue: money}}
pages: [{title: Page, sections: [{as: table, title: T, sql: FROM summary}]}]`);
  const summary = `SELECT *, 'above' AS word, NULL::VARCHAR AS none FROM (${SUMMARY})`;
  expect(await site.html({ report, tables: { summary } })).toContain(
    '<h1>Revenue is €1,200.50, above the days before; 3 Nov 2026 was best.</h1>',
  );
});

test('a pipeline that declares no report still gets one: tables with their first rows, operations, dictionary', async () => {
  const said = await text({
    tables: {
      orders: 'SELECT 1000 + i AS order_id, i / 3 AS amount FROM range(25) AS r(i)',
      nothing: 'SELECT 1 AS a WHERE false',
    },
  });
  for (const words of [
    'Hand made shop',
    '2 tables with 25 rows are ready.',
    'orders 25 rows, ordered by order id and amount. What orders says Order id Amount 1000 0.00 1001 0.33',
    'The first 10 rows; 15 more are after them.',
    'nothing 0 rows. What nothing says It has no row.',
    'Operations The run Planned 25 Nov 2026, 02:02, and never released (Europe/Berlin); workflow tonight',
    'Checks There are none. Sources',
    'Data dictionary orders 25 rows. What orders says 2 columns Column Type Meaning order_id BIGINT – none',
  ])
    expect(said).toContain(words);
  expect(said).not.toContain('1010');
});

test('its rows are in order: by key, else by the columns from the left; of days the latest, ascending', async () => {
  const mixed = 'range(40) AS r(i) ORDER BY hash(i)';
  const said = await text({
    tables: {
      by_key: `SELECT i % 4 AS shop, 100 + i AS product, i * 0.5 AS amount FROM ${mixed}`,
      by_columns: `SELECT i // 2 AS place, 40 - i AS left_over FROM ${mixed}`,
      by_day: `SELECT i % 2 AS shop, DATE '2026-11-01' + (i // 2)::INTEGER AS day FROM ${mixed}`,
      by_time: `SELECT TIMESTAMP '2026-11-01 10:00' + to_days(i::INTEGER) AS at, i AS n FROM range(11) AS r(i) ORDER BY hash(i)`,
      few: "SELECT * FROM (VALUES (DATE '2026-11-03', 1), (NULL, 2), (DATE '2026-11-02', 3)) AS t(day, n)",
      wide: 'SELECT 1 AS a, 2 AS b, 3 AS c, 4 AS d FROM range(2)',
    },
    keys: { by_key: ['product', 'shop'], by_day: ['day', 'shop'] },
  });
  for (const words of [
    'by_key 40 rows, ordered by product and shop. What by_key says Shop Product Amount 0 100 0.0 1 101 0.5 2 102 1.0',
    'The first 10 rows; 30 more are after them. by_columns 40 rows, ordered by place and left over.',
    'Place Left over 0 39 0 40 1 37 1 38 2 35 2 36 3 33 3 34 4 31 4 32 The first 10 rows',
    'Shop Day 0 16 Nov 2026 1 16 Nov 2026 0 17 Nov 2026 1 17 Nov 2026 0 18 Nov 2026 1 18 Nov 2026',
    '0 20 Nov 2026 1 20 Nov 2026 The last 10 rows; 30 more are before them.',
    'At N 2 Nov 2026, 10:00 1 3 Nov 2026, 10:00 2',
    '11 Nov 2026, 10:00 10 The last 10 rows; 1 more is before them.',
    'Day N 2 Nov 2026 3 3 Nov 2026 1 – none 2 wide 2 rows, ordered by a, b, c and so on.',
  ])
    expect(said).toContain(words);
});

test('columns keep their names and types, whatever they are called, and long values end', async () => {
  const said = await text({
    report: section('{as: table, title: Odd names, sql: FROM odd, formats: {"text a": money}}'),
    tables: {
      odd: `SELECT 'x' AS a, 1.5 AS "a:1", 2 AS "text a", DATE '2026-11-03' AS "type a", [1, 2] AS "\\0 ""b""", repeat('é', 500) AS long`,
    },
  });
  expect(said).toContain('A A:1 Text a Type a \\0 "b" Long x 1.5 €2.00 3 Nov 2026 [1, 2] é');
  expect(said.match(/é+/)?.[0]).toHaveLength(400);
});

const receipt = (fingerprint: string, more: Partial<Receipt>): Receipt => ({
  name: 'orders',
  fingerprint,
  data: { uri: '', bytes: 0, sha256: '' },
  rows: 100,
  schema: [],
  keyChecksum: null,
  attempt: 1,
  seconds: 1.5,
  madeAt: '',
  runId: 'run',
  ...more,
});

test('a whole number is a figure, but not in a column that is named as ids are', async () => {
  const html = await site.html({ tables: { visits: 'SELECT 1041 AS member_id, 2345 AS visits' } });
  expect(html).toContain('<td class="figure">2,345</td>');
  expect(html).toMatch(/<td class="text">1041</);
});

test('operations tell what the run read, kept, reused and checked', async () => {
  const check = (outcome: CheckResult['outcome'], name: string): CheckResult => ({
    name,
    subject: 'orders',
    severity: 'warn',
    outcome,
    observed: '3 of 12',
    expected: 'none',
  });
  const plan = {
    sources: [
      {
        name: 'orders',
        cut: '2026-11-24T22:00:00.000Z',
        parts: ['a', 'b', 'c', 'd'].map((fingerprint) => ({ fingerprint })),
        lanes: [
          [0, 1],
          [2, 3],
        ],
      },
      { name: 'refunds', cut: null, parts: [], lanes: [[]] },
    ],
    models: [
      { name: 'totals', fingerprint: 'm', written: true },
      { name: 'inside', fingerprint: 'v', written: false },
      { name: 'old_totals', fingerprint: 'o', written: true },
    ],
  } as unknown as Partial<PlanDocument>;
  const shown: Shown = {
    tables: { totals: 'SELECT 1 AS a' },
    plan,
    releasedAt: '2026-11-25T01:03:00.000Z',
    checks: [check('pass', 'a good one'), check('warn', 'an odd one')],
    receipts: [
      receipt('a', { quarantined: 2 }),
      receipt('b', { attempt: 2 }),
      receipt('c', { runId: 'another run' }),
      receipt('d', {}),
      receipt('m', { rows: 7, seconds: 0.25 }),
      receipt('o', { rows: 8, runId: 'another run' }),
    ],
  };
  const said = await text(shown);
  expect(said).toContain('1 check did not pass.');
  expect(said).toContain('No file of refunds: what rests on it is taken as empty.');
  expect(said).toContain('2 records could not be read as declared and are left out.');
  expect(said).toContain('released 25 Nov 2026, 02:03');
  expect(said).toContain('A step that was tried again went on after 1 part.');
  expect(said).toContain('It read 300 rows; the others were known from earlier runs.');
  expect(said).toContain('orders 400 300 2 4 1 1 4.5 24 Nov 2026, 23:00');
  expect(said).toContain('refunds 0 0 0 0 0 0 0.0 no file: taken as empty');
  expect(said).toContain('totals 7 0.25 old_totals 8 reused');
  expect(said).not.toContain('inside');
  expect(said).toContain(
    '1 check passed, 1 did not. Outcome Of Check Observed Expected warned orders an odd one 3 of 12 none',
  );
  expect(said).toContain('1 check that passed');

  const later = await text({ ...shown, planless: true });
  expect(later).toContain('The plan of this run is not in the store any more: its steps are not known.');
  expect(later).toContain('orders 12 – none – none – none – none – none – none Nov 24, 2026, 11:00 PM');
  expect(later).toContain('It rests on 12 rows of 1 source. Checks');
});

test('of a table that is followed: the rows that the edition rests on, and those that the run read of them', async () => {
  const source = {
    name: 'orders',
    cut: '2026-11-24T22:00:00.000Z',
    parts: [{ fingerprint: 'a' }],
    table: {},
    lanes: [[0]],
  };
  const plan = { sources: [source] } as unknown as Partial<PlanDocument>;
  const said = await text({ tables: { totals: 'SELECT 1 AS a' }, plan, receipts: [receipt('a', { rows: 3 })] });
  expect(said).toContain(
    'It rests on 12 rows of 1 source, and set 0 records aside. It read 3 rows; the others were known',
  );
  expect(said).toContain('orders 12 3 0 1 0 0 1.5 24 Nov 2026, 23:00');
});

test('markup in data, names and declarations is text, in every part of the page', async () => {
  const evil = '</style><script>alert(1)</script><img src=x onerror=alert(2)>"\'&amp;';
  const quoted = evil.replaceAll("'", "''");
  const report = reportFrom(
    JSON.stringify({
      title: evil,
      headline: { sql: 'FROM evil', text: '{name}' },
      pages: [
        {
          title: evil,
          note: evil,
          sections: [
            { as: 'table', title: evil, note: evil, sql: 'FROM evil' },
            { as: 'bars', title: evil, sql: 'FROM evil' },
            { as: 'line', title: evil, sql: 'SELECT name, value, value AS "<b>y</b>" FROM evil' },
            { as: 'matrix', title: evil, sql: 'SELECT name, name AS again, value FROM evil' },
            { as: 'figures', title: evil, sql: 'FROM evil', figures: [{ label: evil, value: 'name', note: evil }] },
            {
              as: 'findings',
              title: evil,
              sql: "SELECT name AS severity, name AS title, name AS owner, name AS recommendation, json_object(name, name) AS evidence, 'k' AS kind, unnest([NULL, name]) AS subject FROM evil",
            },
            { as: 'table', title: 'broken', sql: `SELECT error('${quoted}') FROM evil` },
          ],
        },
      ],
    }),
  );
  const html = await site.html({
    report,
    tables: { evil: `SELECT '${quoted}' AS name, 1 AS value` },
    checks: [{ name: evil, subject: evil, severity: 'warn', outcome: 'warn', observed: evil, expected: evil }],
  });
  expect(html).not.toMatch(/<script|<img|onerror=alert\(2\)>(?!&)"/);
  expect(html.match(/<\/style>/g)).toHaveLength(1);
  expect(html.split('&lt;script&gt;alert(1)').length).toBeGreaterThan(30);
});

test('all of these pages are sound: React has no word on doubled keys, or on markup that is none', () => {
  expect(problems).not.toHaveBeenCalled();
});
