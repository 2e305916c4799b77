/** A shop that passes every gate, and what the gates say of it after a change; measured and judged by the product itself. */
import { measure } from '../../src/adapters/engines/duckdb/measure';
import type { Row } from '../../src/adapters/engines/duckdb/protocol';
import type { Check } from '../../src/domain/definition';
import { identifier, liveName } from '../../src/domain/sql';
import { judge } from '../../src/domain/verdict';
import { runModels, type Session, setVariables } from './models';
import { AS_OF, definition, FROM, shippedModels, type Shop } from './small-shop';

interface Subject {
  readonly check: Check;
  readonly subject: string;
}

export const sourceChecks: readonly Subject[] = Object.entries(definition.sources).flatMap(([subject, { checks }]) =>
  checks.map((check) => ({ check, subject })),
);
export const modelChecks: readonly Subject[] = definition.checks.map((check) => ({ check, subject: check.on ?? '' }));

/** `orders: unique order_id` */
export function label({ check, subject }: Subject): string {
  const columns = 'columns' in check ? check.columns.join(', ') : 'column' in check ? check.column : '';
  return `${subject}: ${check.name ?? `${check.type} ${columns}`.trim()}`;
}

/** Twenty orders of 10 on each of nine Saturdays, the first twenty on the day before as_of. */
const orders = Array.from({ length: 180 }, (_, index) => ({
  id: index + 1,
  day: new Date(Date.UTC(2026, 3, 25 - 7 * Math.floor(index / 20))).toISOString().slice(0, 10),
}));
export const SOUND: Shop = {
  orders: orders.map(({ id, day }) => [id, 1 + (id % 3), 'paid', `${day}T12:00:00Z`]),
  items: orders.map(({ id }) => [id, 1, 1 + (id % 2), 1, 10]),
  // Of the first hundred orders, the day before the last.
  refunds: Array.from({ length: 100 }, (_, n) => [n + 1, n + 1, 1, null, 1, '2026-04-24T12:00:00Z'] as const),
  users: [1, 2, 3].map((user_id) => ({ user_id })),
  products: [1, 2].map((product_id) => ({ product_id })),
  rates: [['USD', '2026-04-25', '0.9']],
  parameters: { min_customer_records: 3, min_order_records: 180 },
};

/** Makes what the models give the live edition, for the checks that compare with it. */
export async function takeAsLive(session: Session, checks: readonly Subject[] = modelChecks): Promise<void> {
  for (const { check, subject } of checks)
    if (check.type === 'drift')
      await session.run(`CREATE OR REPLACE TABLE ${identifier(liveName(subject))} AS FROM ${identifier(subject)}`);
}

/** Names of the checks that did not pass, with what became of each. */
export async function outcomes(session: Session, checks: readonly Subject[]): Promise<Record<string, string>> {
  const query = async (sql: string) => {
    const rows = (await session.rows(sql)) as Row[];
    return { columns: Object.keys(rows[0] ?? {}).map((name) => ({ name, type: '' })), rows, truncated: false };
  };
  const measured = await measure({ name: 'gates', query, close: async () => {} }, checks, {});
  const judged = checks.map((subject, index) => {
    const measurement = measured[index]?.measurement ?? { error: 'not measured', expected: '' };
    return judge({ name: label(subject), subject: '', severity: subject.check.severity }, measurement);
  });
  return Object.fromEntries(
    judged.filter(({ outcome }) => outcome !== 'pass').map(({ name, outcome }) => [name, outcome]),
  );
}

/**
 * What the checks say after statements, which are undone. The models are run after those that change the sources, and
 * what they give is the live edition; those that change models come after it.
 */
export async function after(
  session: Session,
  checks: readonly Subject[],
  change: {
    readonly sources?: readonly string[];
    readonly models?: readonly string[];
    readonly parameters?: Shop['parameters'];
  },
): Promise<Record<string, string>> {
  const variables = async (more: Shop['parameters'] = {}) =>
    await setVariables(session, definition, FROM, AS_OF, { ...SOUND.parameters, ...more });
  await session.run('BEGIN');
  await variables(change.parameters);
  try {
    for (const sql of change.sources ?? []) await session.run(sql);
    if (checks === modelChecks && change.sources !== undefined) await runModels(session, await shippedModels(session));
    await takeAsLive(session, checks);
    for (const sql of change.models ?? []) await session.run(sql);
    return await outcomes(session, checks);
  } finally {
    await session.run('ROLLBACK');
    await variables();
  }
}
