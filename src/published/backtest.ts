/** What other thresholds would have changed in the nights that a store has recorded. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseDeclaration } from '../adapters/definition/declaration';
import { noSuch } from '../adapters/definition/issues';
import { badDefinition } from '../adapters/definition/pipeline';
import { DECLARATION, pipelineFolder } from '../adapters/definition/read';
import type { Store } from '../adapters/store';
import type { Definition } from '../domain/definition';
import { DaybreakError } from '../domain/failure';
import { type Backtest, backtest } from '../domain/watch/backtest';
import { watchSettings } from '../domain/watch/declared';
import { nightKeys } from '../domain/watch/definition';
import type { RunRecord } from '../domain/watch/record';
import { WATCH_EVERY_MS } from '../domain/watch/settings';

/** As they stand in `pipeline.yaml`. */
export interface Thresholds {
  readonly deadline: string | null;
  readonly repair_time: string;
}

export interface Backtested extends Backtest {
  readonly pipeline: string;
  readonly zone: string;
  readonly thresholds: { readonly declared: Thresholds; readonly changed: Thresholds };
}

const SETTABLE = { deadline: nightKeys.deadline, repair_time: nightKeys.repair_time };

/** Thresholds that are tried out, checked as those of a declaration are. */
function checked(set: Readonly<Record<string, string>>): Partial<Record<keyof Thresholds, string>> {
  for (const [key, value] of Object.entries(set)) {
    const where = `--set ${key}=${value}`;
    if (!Object.hasOwn(SETTABLE, key))
      throw new DaybreakError('BadRequest', {
        where,
        what: noSuch('threshold', key, Object.keys(SETTABLE)),
        expected: `one of ${Object.keys(SETTABLE).join(', ')}`,
        next: 'write --set repair_time=1h',
      });
    const { error } = SETTABLE[key as keyof Thresholds].safeParse(value);
    if (error !== undefined)
      throw new DaybreakError('BadRequest', {
        where,
        what: `${key} is not understood; ${error.issues[0]?.message ?? ''}`,
        next: 'write it as in pipeline.yaml',
      });
  }
  return set;
}

/** What the rule goes by, of a declaration; mistakes elsewhere in it do not matter. */
async function declared(pipeline: string) {
  const folder = await pipelineFolder(pipeline, process.cwd());
  const { definition, problems } = parseDeclaration(await readFile(join(folder, DECLARATION), 'utf8'), {}, {});
  const isInTheWay = ({ message }: { message: string }) => /^(name|zone|deadline|repair_time)\b/.test(message);
  const inTheWay = definition === undefined ? problems : problems.filter(isInTheWay);
  if (definition === undefined || inTheWay.length > 0) throw badDefinition(inTheWay);
  return definition;
}

const thresholdsOf = ({ deadline, repair_time }: Pick<Definition, 'deadline' | 'repair_time'>): Thresholds => ({
  deadline: deadline ?? null,
  repair_time,
});

/** Fails as `BadRequest` for what cannot be tried out, and as `BadDefinition` for mistakes of the declaration. */
export async function backtestOf(
  store: Pick<Store, 'list' | 'getAll'>,
  {
    pipeline,
    set = {},
    last,
  }: { readonly pipeline: string; readonly set?: Readonly<Record<string, string>>; readonly last?: number },
): Promise<Backtested> {
  const definition = await declared(pipeline);
  const changed = { ...definition, ...checked(set) };
  const records = await store.getAll<RunRecord>(await store.list(`history/${definition.name}`));
  const found = backtest(
    records.filter((record) => record !== undefined),
    {
      declared: watchSettings(definition, '', WATCH_EVERY_MS),
      changed: watchSettings(changed, '', WATCH_EVERY_MS),
    },
    new Date(),
    last,
  );
  const { name, zone } = definition;
  return {
    ...{ pipeline: name, zone },
    thresholds: { declared: thresholdsOf(definition), changed: thresholdsOf(changed) },
    ...found,
  };
}
