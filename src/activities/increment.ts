/** transform of a model that follows changes: only the keys that its inputs' changes reach, merged with its earlier table. */
import { createHash } from 'node:crypto';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { LayeredTable, Workspace } from '../adapters/engine';
import type { Followed, PlanDocument, PlannedModel } from '../domain/plan';
import type { Column, Receipt } from '../domain/receipt';
import { changedName, identifier, identifiers, sameKey } from '../domain/sql';
import { changesOf, replacedPath } from './changes';
import type { Services } from './services';
import { loadPlan, modelReceipts, modelTable, prepareTables } from './tables';

/** Layers of a model's table before it is written as one again, and the share of its rows that they may have. */
const MOST_LAYERS = 8;
const MOST_SHARE = 0.2;
/** A key of so many rows is computed again and compared though nothing touched it, about 50 at most. */
const ROWS_A_SAMPLE = 4_000;
const MOST_SAMPLED = 50;
/**
 * Tables of one attempt in the run's workspace, which it shares with other models and with an attempt before it that has
 * not ended. With blanks, as no table of a pipeline has.
 */
const namesOf = (token: string) => ({
  reached: `reached keys ${token}`,
  sampled: `sampled keys ${token}`,
  touched: `touched keys ${token}`,
  earlier: `earlier table ${token}`,
  computed: `computed rows ${token}`,
  replaced: `replaced rows ${token}`,
  merged: `merged table ${token}`,
  changed: (table: string) => `changed ${table} ${token}`,
});

interface Step {
  readonly signal: AbortSignal;
  readonly onProgress: (fraction: number) => void;
}

interface Work extends Step {
  readonly services: Services;
  readonly plan: PlanDocument;
  readonly model: PlannedModel;
  readonly followed: Followed;
  readonly workspace: Workspace;
  readonly folder: string;
  /** The attempt's own mark in names of files and tables. */
  readonly token: string;
  readonly names: ReturnType<typeof namesOf>;
}

/** What a step wrote, to be sealed and committed by its caller. */
export interface Increment {
  readonly data: string;
  /** Absent where the table was written as one again. */
  readonly touched?: string;
  readonly base?: string;
  /** The step, where the table was written as one again. */
  readonly step?: { readonly base: string; readonly data: string; readonly touched: string };
  readonly rows: number;
  readonly ownRows: number;
  readonly schema: Receipt['schema'];
}

export type Followup = { readonly made: Increment } | { readonly whole: string; readonly mismatch?: string };

const ofKeys = (table: string, keys: string, key: readonly string[]) =>
  `SELECT t.* FROM ${table} AS t SEMI JOIN ${identifier(keys)} AS k ON ${sameKey(key, 'k', 't')}`;

async function count({ workspace, plan, signal }: Work, sql: string): Promise<number> {
  const { rows } = await workspace.query(`SELECT count(*) AS n FROM (${sql})`, { signal, deadlineMs: plan.deadline });
  return Number(rows[0]?.n ?? 0);
}

const inputsOf = ({ keyed, lookups, opaque }: Followed) => [
  ...new Set([...keyed, ...lookups.map(({ table }) => table), ...opaque]),
];

/** Keys that changes of its inputs reach, one SELECT an input; or why that cannot be said. */
async function reached(work: Work, before: PlanDocument): Promise<{ keys: string[] } | { whole: string }> {
  const { services, plan, followed, workspace, folder, signal, names } = work;
  const { key, keyed, lookups, opaque, used } = followed;
  const keys: string[] = [];
  for (const name of inputsOf(followed)) {
    const columns = used[name] ?? [];
    const as = names.changed(name);
    const changes = await changesOf(services, { plan, before, name, as, columns, workspace, folder, signal });
    if (changes === 'none') continue;
    if (changes === 'unknown') return { whole: `what changed in ${name} cannot be told` };
    if (opaque.includes(name)) return { whole: `a change in ${name} may reach every row` };
    if (keyed.includes(name)) keys.push(`SELECT DISTINCT ${identifiers(key)} FROM ${identifier(as)}`);
    const changed = `WITH ${identifier(changedName(name))} AS (FROM ${identifier(as)})`;
    for (const { table, sql } of lookups) if (table === name) keys.push(`FROM (${changed} FROM (${sql}))`);
  }
  return { keys };
}

/** Some keys of the earlier table, other ones each night. */
function sampled({ plan, followed, names }: Work, rows: number): string {
  const { key } = followed;
  const shares = Math.max(ROWS_A_SAMPLE, Math.floor(rows / MOST_SAMPLED));
  const night = createHash('sha256').update(plan.runId).digest().readUInt32BE(0) % shares;
  return `SELECT DISTINCT ${identifiers(key)} FROM ${identifier(names.earlier)} WHERE hash(${identifiers(key)}) % ${shares} = ${night}`;
}

/** The model's SQL over those rows of its keyed inputs whose keys are touched. */
function overTouched({ followed, names }: Work): string {
  const { key, keyed, sql } = followed;
  const narrowed = keyed.map(
    (name) => `${identifier(name)} AS (${ofKeys(`main.${identifier(name)}`, names.touched, key)})`,
  );
  return `WITH ${narrowed.join(', ')} SELECT * FROM (${sql}\n)`;
}

/**
 * Part of a number that its last digits may make up, by type: sums of such numbers depend on the order in which they are
 * added, and a rebuild adds in another one.
 */
const LAST_DIGITS: Readonly<Record<string, number>> = { DOUBLE: 1e-9, FLOAT: 1e-6 };

/** Whether two rows are equal, but for last digits. */
function nearly(columns: readonly Column[], one: string, other: string): string {
  const equal = columns.map(({ name, type }) => {
    const [a, b] = [`${one}.${identifier(name)}`, `${other}.${identifier(name)}`];
    const digits = LAST_DIGITS[type];
    const same = `${a} IS NOT DISTINCT FROM ${b}`;
    return digits === undefined
      ? same
      : `(${same} OR abs(${a} - ${b}) <= ${digits} * greatest(1, abs(${a}), abs(${b})))`;
  });
  return equal.join(' AND ');
}

/** How rows of untouched keys differ from what was there; nothing where they do not. */
async function mismatch(work: Work): Promise<string | undefined> {
  const { followed, model, names } = work;
  const { key } = followed;
  const columns = identifiers(model.columns.map(({ name }) => name));
  const ofSample = (table: string) => `SELECT ${columns} FROM (${ofKeys(identifier(table), names.sampled, key)})`;
  const [now, then] = [ofSample(names.computed), ofSample(names.replaced)];
  const [came, went] = [`(${now} EXCEPT ALL ${then})`, `(${then} EXCEPT ALL ${now})`];
  const exact = await count(work, `${came} UNION ALL ${went}`);
  if (exact === 0) return undefined;
  const without = (rows: string, others: string) =>
    `SELECT r.* FROM ${rows} AS r ANTI JOIN ${others} AS o ON ${nearly(model.columns, 'r', 'o')}`;
  const differing = await count(work, `${without(came, went)} UNION ALL ${without(went, came)}`);
  const more = Math.abs((await count(work, came)) - (await count(work, went)));
  if (differing === 0 && more === 0) return undefined;
  return `${Math.max(differing, more)} rows of keys that nothing touched are others than in the earlier table`;
}

/** The touched keys' rows as a file, or the whole table where it has enough layers. */
async function write(work: Work, earlier: LayeredTable, receipts: readonly Receipt[]): Promise<Followup> {
  const { plan, model, followed, workspace, folder, token, signal, onProgress, names } = work;
  const { key } = followed;
  const base = receipts.at(-1);
  if (base === undefined) return { whole: 'there is no earlier table' };
  const options = { compression: 'snappy' as const, deadlineMs: plan.deadline, signal, onProgress };
  const file = (kind: string) => join(folder, `${model.name}.${token}.${kind}.tmp`);
  const data = file('rows');
  const written = await workspace.write(overTouched(work), data, options);
  await workspace.table(names.computed, [data], model.columns, { signal });
  // The earlier table is large, and is gone through once: who reads the model asks for the same rows.
  const replaced = file('replaced');
  const { rows: gone } = await workspace.write(ofKeys(identifier(names.earlier), names.touched, key), replaced, {
    ...options,
    onProgress: () => undefined,
  });
  await rename(replaced, replacedPath(folder, model.name));
  await workspace.table(names.replaced, [replacedPath(folder, model.name)], model.columns, { signal });
  const found = await mismatch(work);
  if (found !== undefined) return { whole: found, mismatch: found };
  const rows = base.rows - gone + written.rows;
  const followedRows = receipts.slice(1).reduce((sum, { ownRows = 0 }) => sum + ownRows, written.rows);
  const touched = file('touched');
  await workspace.write(`FROM ${identifier(names.touched)}`, touched, { ...options, onProgress: () => undefined });
  if (receipts.length < MOST_LAYERS && followedRows <= MOST_SHARE * (receipts[0]?.rows ?? 0)) {
    return { made: { data, touched, base: base.fingerprint, rows, ownRows: written.rows, schema: written.schema } };
  }
  const layers = [...earlier.layers, { rows: [data], touched: [touched], gone: [] }];
  await workspace.layered(names.merged, { ...earlier, layers });
  const merged = file('merged');
  const whole = await workspace.write(`FROM ${identifier(names.merged)}`, merged, options);
  const step = { base: base.fingerprint, data, touched };
  return { made: { data: merged, step, rows: whole.rows, ownRows: written.rows, schema: whole.schema } };
}

/**
 * Whether finding out what changed since an earlier plan costs less than making the table whole: it is large, or what it
 * is made of is.
 */
export async function isWorthFollowing(
  { ledger, followFromRows }: Pick<Services, 'ledger' | 'followFromRows'>,
  before: PlanDocument,
  model: PlannedModel,
): Promise<boolean> {
  const names = new Set([model.name, ...(model.increment?.followed.keyed ?? [])]);
  for (const { name, parts, table } of before.sources) {
    const records = table?.records ?? parts.reduce((sum, part) => sum + part.records, 0);
    if (names.has(name) && records >= followFromRows) return true;
  }
  const models = before.models.filter(({ name }) => names.has(name));
  const receipts = await ledger.findAll(models.map(({ fingerprint }) => fingerprint));
  return receipts.some((receipt) => receipt !== undefined && receipt.rows >= followFromRows);
}

/** Follows the changes since the earlier plan; says why where the table has to be made whole. */
export async function followChanges(
  services: Services,
  plan: PlanDocument,
  model: PlannedModel,
  room: { readonly workspace: Workspace; readonly folder: string; readonly token: string },
  step: Step,
): Promise<Followup> {
  const { followed, before: from } = model.increment ?? {};
  if (followed === undefined || from === undefined || from === null) return { whole: 'there is no earlier table' };
  const before = await loadPlan(services, from.plan).catch(() => undefined);
  const earlierModel = before?.models.find(({ name }) => name === model.name);
  if (before === undefined || earlierModel === undefined) return { whole: 'the earlier plan is gone' };
  const receipts = await modelReceipts(services, earlierModel).catch(() => undefined);
  if (receipts === undefined) return { whole: 'the earlier table is gone' };
  if (!(await isWorthFollowing(services, before, model))) return { whole: 'the tables are small' };
  const names = namesOf(`of ${model.name} ${room.token}`);
  const work: Work = { services, plan, model, followed, names, ...room, ...step };
  const { workspace, folder, signal } = work;
  await prepareTables(services, plan, inputsOf(followed), room, signal);
  const earlier = await modelTable(services, earlierModel, folder);
  await workspace.layered(names.earlier, earlier, { signal });
  const found = await reached(work, before);
  if ('whole' in found) return found;
  const none = `SELECT ${identifiers(followed.key)} FROM ${identifier(names.earlier)} WHERE false`;
  // As tables: they are asked for several times.
  const keysOf = async (name: string, sql: string) => {
    const path = join(folder, `${name.replaceAll(' ', '-')}.tmp`);
    await workspace.write(sql, path, { signal, compression: 'snappy', deadlineMs: plan.deadline });
    await workspace.table(name, [path], [], { signal });
  };
  const { reached: all, sampled: some, touched } = names;
  await keysOf(all, [none, ...found.keys].join(' UNION '));
  await keysOf(some, `${sampled(work, receipts.at(-1)?.rows ?? 0)} EXCEPT FROM ${identifier(all)}`);
  await workspace.view(touched, `FROM ${identifier(all)} UNION FROM ${identifier(some)}`, { signal });
  return await write(work, earlier, receipts);
}
