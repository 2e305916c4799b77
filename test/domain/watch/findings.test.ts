import { type FindingRow, type FindingsOf, findingsTold } from '../../../src/domain/watch/findings';

const row = (change: Partial<FindingRow>): FindingRow => ({
  kind: 'reorder',
  severity: 'warning',
  subject_type: 'product',
  subject_id: null,
  money: '1200.5000',
  title: 'Products to reorder: 7.',
  evidence: '{"count": 7, "money": 1200.5}',
  recommendation: 'Order more.',
  owner: 'purchasing',
  ...change,
});
const product = (id: string, money: number, change: Partial<FindingRow> = {}) =>
  row({ subject_id: id, money: String(money), title: `Product ${id} runs out.`, evidence: '{}', ...change });
const customer = (id: string | null, money: number, change: Partial<FindingRow> = {}) =>
  row({
    kind: 'win_back',
    subject_type: 'customer',
    subject_id: id,
    money,
    title: 'Ada Lovelace <ada@example.com> stays away.',
    recommendation: 'Call Ada Lovelace.',
    evidence: '{"count": 1234}',
    owner: 'marketing',
    ...change,
  });
const told = (rows: readonly FindingRow[], insights: Partial<FindingsOf['insights'][number]>[]) =>
  findingsTold({
    pipeline: 'shop',
    edition: '2026-11-26-abc',
    asOf: '2026-11-26',
    currency: 'EUR',
    at: '2026-11-26T03:00:00.000Z',
    rows,
    insights: insights.map((each) => ({ owner: 'purchasing', to: ['team'], severity: 'warning', money: 0, ...each })),
  });
const texts = (rows: readonly FindingRow[], insights: Partial<FindingsOf['insights'][number]> = {}) =>
  told(rows, [insights]).flatMap(({ message }) => message.sections.map(({ text }) => text));

test('a team gets its findings by kind: all hits first, then the five that it is most about', () => {
  const rows = [
    ...[10, 70, 30, 20, 60, 40, 50].map((money) => product(`P${money}`, money)),
    row({}),
    row({ kind: 'dead_stock', severity: 'critical', title: 'Dead stock: 2.', recommendation: '' }),
    row({ owner: 'marketing', title: 'not theirs' }),
  ];
  const [only, ...others] = told(rows, [{}]);
  expect(others).toEqual([]);
  expect(only?.to).toEqual(['team']);
  expect(only?.message).toEqual({
    id: '2026-11-26-abc-insights-0',
    kind: 'insights',
    thread: 'shop-insights-purchasing-2026-11-26-abc',
    severity: 'routine',
    pipeline: 'shop',
    owner: 'purchasing',
    title: 'shop 2026-11-26: 2 findings for purchasing',
    sections: [
      { label: 'dead stock (critical)', text: 'Dead stock: 2.' },
      {
        label: 'reorder (warning)',
        text: [
          'Products to reorder: 7. Order more.',
          '- Product P70 runs out. (70.00 EUR)',
          '- Product P60 runs out. (60.00 EUR)',
          '- Product P50 runs out. (50.00 EUR)',
          '- Product P40 runs out. (40.00 EUR)',
          '- Product P30 runs out. (30.00 EUR)',
        ].join('\n'),
      },
    ],
    command: `daybreak query "FROM insights WHERE owner = 'purchasing'" --pipeline shop --edition 2026-11-26-abc`,
    links: [],
    at: '2026-11-26T03:00:00.000Z',
  });
});

test('what is below the severity or the money of a team is not told, and nothing at all is no message', () => {
  const rows = [row({ severity: 'info' }), product('P1', 99.99), product('P2', -100), product('P3', 500)];
  expect(texts(rows, { money: 100 })).toEqual([
    '- Product P3 runs out. (500.00 EUR)\n- Product P2 runs out. (-100.00 EUR)',
  ]);
  expect(texts(rows, { severity: 'info', money: 1_000 })).toEqual(['Products to reorder: 7. Order more.']);
  expect(told(rows, [{ severity: 'critical' }, { owner: 'nobody' }])).toEqual([]);
  expect(texts([product('P4', 0, { money: null })])).toEqual(['- Product P4 runs out.']);
  expect(texts([product('P4', 0, { money: null })], { money: 1 })).toEqual([]);
});

test('each declared way is a message of its own, in one thread with the same team', () => {
  const messages = told([row({})], [{ to: ['slack'] }, { to: ['mail'], severity: 'info' }, { owner: 'Purchasing' }]);
  expect(messages.map(({ to }) => to)).toEqual([['slack'], ['mail'], ['team']]);
  expect(new Set(messages.map(({ message }) => message.id)).size).toBe(3);
});

test('of people there are counts, amounts and ids; neither names nor addresses', () => {
  const rows = [
    customer(null, 5_000.5),
    customer('C17', 120),
    customer('eva@example.com', 110),
    customer('C18', 100, { subject_type: 'Customers' }),
  ];
  expect(texts(rows, { owner: 'marketing' })).toEqual([
    '1,234 customers, 5,000.50 EUR\n- C17 (120.00 EUR)\n- …@… (110.00 EUR)\n- C18 (100.00 EUR)',
  ]);
  expect(JSON.stringify(told(rows, [{ owner: 'marketing' }]))).not.toMatch(/Ada|Lovelace|example/);
  expect(texts([customer(null, 1, { evidence: 'broken' })], { owner: 'marketing' })).toEqual(['customers, 1.00 EUR']);
  expect(texts([product('P1', 5, { title: 'Ask bob@example.com' })])).toEqual(['- Ask …@… (5.00 EUR)']);
});

test("a team's name cannot end the query that it stands in", () => {
  const [only] = told([row({ owner: "buyer's" })], [{ owner: "buyer's" }]);
  expect(only?.message.command).toContain(`WHERE owner = 'buyer''s'"`);
});
