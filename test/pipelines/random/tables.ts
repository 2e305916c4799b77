/** Random shops' tables as the shipped models have them: one session, in which shop follows shop. */
import { runModels, type Session, setVariables } from '../models';
import { TABLES, type Table } from '../oracle';
import type { Setting, Sources } from '../oracle/rows';
import { definition, makeTable, shippedModels } from '../small-shop';

export type Found = Readonly<Record<string, unknown>>;
export type Tables = Readonly<Record<Table, readonly Found[]>>;

/** Types of columns other than the declared ones. */
export const typesOf = ({ ids }: Setting): Record<string, string> =>
  Object.fromEntries(['order_id', 'user_id', 'product_id', 'refund_id'].map((column) => [column, ids]));

/** Rows of the sources as tables of the declared types. */
export async function load(session: Session, sources: Sources, setting: Setting): Promise<void> {
  for (const [name, rows] of Object.entries(sources)) await makeTable(session, name, rows, typesOf(setting));
}

/** The summary's evidence as columns, the instant as one text. */
const read: Partial<Record<Table, string>> = {
  customer_metrics: `SELECT * REPLACE (strftime(timezone('UTC', created_at), '%Y-%m-%dT%H:%M:%S.%gZ') AS created_at)
    FROM customer_metrics`,
  insights: `SELECT kind, subject_type, owner, severity, subject_id, money,
    CASE WHEN subject_id IS NULL THEN evidence ->> 'count' END AS count,
    CASE WHEN subject_id IS NULL THEN (evidence ->> 'money')::DECIMAL(18,4) END AS money_of_all
    FROM insights`,
};

/** Runs the models over what is loaded, all of them or those that are named. */
export async function run(session: Session, setting: Setting, names?: readonly string[]): Promise<void> {
  const { zone, currency, from, asOf, parameters } = setting;
  await session.run(`SET TimeZone = '${zone}'`);
  await setVariables(session, { ...definition, currency }, from, asOf, parameters);
  const models = await shippedModels(session);
  await runModels(session, names === undefined ? models : models.filter(({ name }) => names.includes(name)));
}

/** Runs the models over what is loaded, and reads the tables. */
export async function tablesOf(session: Session, setting: Setting): Promise<Tables> {
  await run(session, setting);
  const tables: Partial<Record<Table, Found[]>> = {};
  for (const name of Object.keys(TABLES) as Table[]) tables[name] = await session.rows(read[name] ?? `FROM ${name}`);
  return tables as Tables;
}
