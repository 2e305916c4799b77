/** transform: one written model, with the views it reads through. */
import { join } from 'node:path';
import { Context } from '@temporalio/activity';
import { DaybreakError } from '../domain/failure';
import type { PlanDocument, PlannedModel } from '../domain/plan';
import type { Receipt } from '../domain/receipt';
import type { ModelResult } from '../domain/run';
import { beating, queryBeat, secondsSince } from './beat';
import { followChanges, type Increment } from './increment';
import type { Services } from './services';
import { loadPlan, openRun, prepareTables } from './tables';
import { ownToken } from './token';

/** What to change, by kind of failure. */
function explained(error: unknown, model: PlannedModel): unknown {
  if (!(error instanceof DaybreakError)) return error;
  const next = {
    OutOfMemory: `give the worker more memory (DAYBREAK_MEMORY, and "memory" in pipeline.yaml), or aggregate earlier in ${model.file}`,
    DeadlineExceeded: `make ${model.file} smaller, or raise deadline_per_model in pipeline.yaml`,
    DiskFull: 'make room where DAYBREAK_HOME is; what is finished stays finished',
    ModelFailed: `correct ${model.file} or its inputs and run again: only this model and what depends on it is computed`,
  }[error.kind as string];
  const text = { ...error.text, where: model.file, what: `model ${model.name}: ${error.text.what}` };
  return new DaybreakError(error.kind, next === undefined ? text : { ...text, next }, { cause: error });
}

async function compute(
  services: Services,
  plan: PlanDocument,
  model: PlannedModel,
  path: string,
  step: { readonly signal: AbortSignal; readonly onProgress: (fraction: number) => void },
  own?: { readonly name: string; readonly threads: number },
): Promise<Pick<Receipt, 'rows' | 'schema'>> {
  const run = await openRun(services, plan, own);
  try {
    await prepareTables(services, plan, model.reads, run, step.signal);
    const options = { compression: 'snappy' as const, deadlineMs: plan.deadline, ...step };
    return await run.workspace.write(model.sql, path, options);
  } finally {
    if (own !== undefined) await run.workspace.close();
  }
}

type Made = Omit<Increment, 'ownRows'> & Pick<Receipt, 'ownRows' | 'whole' | 'mismatch'>;

/** Follows what changed where the model does and that can be told; else computes all of it. */
async function make(
  services: Services,
  plan: PlanDocument,
  model: PlannedModel,
  token: string,
  step: { readonly signal: AbortSignal; readonly onProgress: (fraction: number) => void },
): Promise<Made> {
  const { name } = model;
  const folder = await services.store.scratch(`${plan.runId}/tables`);
  const path = join(folder, `${name}.${token}.tmp`);
  try {
    let why: { whole?: string; mismatch?: string } = {};
    if (model.increment?.before) {
      const run = await openRun(services, plan);
      const followed = await followChanges(services, plan, model, { ...run, token }, step);
      if ('made' in followed) return followed.made;
      why = followed;
    }
    const written = await compute(services, plan, model, path, step).catch(async (error: unknown) => {
      // Each thread keeps its own part of a hash table: one needs the least.
      const again = error instanceof DaybreakError && error.kind === 'OutOfMemory' && services.threads > 1;
      if (!again) throw error;
      return await compute(services, plan, model, path, step, { name: `${name}-${token}`, threads: 1 });
    });
    return { data: path, ...written, ...why };
  } catch (error) {
    await services.store.removeFile(path);
    throw explained(error, model);
  }
}

/** Computes a model unless the ledger has it. Fails as `ModelFailed`, `OutOfMemory`, `DeadlineExceeded`, `DiskFull`. */
export async function transformModel(services: Services, planKey: string, name: string): Promise<ModelResult> {
  const { info } = Context.current();
  const started = Date.now();
  const plan = await loadPlan(services, planKey);
  const model = plan.models.find((planned) => planned.name === name);
  if (model === undefined) throw new DaybreakError('Bug', { what: `there is no model ${name}` });
  const beat = queryBeat(`transform_${name}`);
  return await beating(beat.details, async (signal) => {
    const known = await services.ledger.findIntact(model.fingerprint);
    if (known !== undefined) return { name, rows: known.rows, seconds: secondsSince(started), reused: true };
    const token = ownToken();
    const step = { signal, onProgress: beat.onProgress };
    const made = await make(services, plan, model, token, step);
    try {
      services.failpoint('model.written');
      const file = `models/${name}.${model.fingerprint.slice(0, 16)}.${token}`;
      const { data, touched, step: last, ...facts } = made;
      const seal = async (path: string, kind: string) => await services.store.seal(path, `${file}${kind}.parquet`);
      const { receipt } = await services.ledger.commit({
        name,
        fingerprint: model.fingerprint,
        data: await seal(data, ''),
        ...(touched === undefined ? {} : { touched: await seal(touched, '.touched') }),
        ...(last === undefined
          ? {}
          : {
              step: {
                base: last.base,
                data: await seal(last.data, '.step'),
                touched: await seal(last.touched, '.touched'),
              },
            }),
        ...facts,
        keyChecksum: null,
        attempt: info.attempt,
        seconds: secondsSince(started),
        madeAt: new Date().toISOString(),
        runId: plan.runId,
      });
      services.failpoint('model.committed');
      // Nothing goes on from a table that is not what its inputs gave; only now, as this attempt may be the one that found it.
      const before = model.increment?.before;
      if (made.mismatch !== undefined && before) await services.ledger.remove(before.fingerprint);
      const { base, ownRows, whole, step: merged } = receipt;
      return {
        name,
        rows: receipt.rows,
        seconds: secondsSince(started),
        reused: false,
        ...((base ?? merged) === undefined || ownRows === undefined ? {} : { followed: ownRows }),
        ...(whole === undefined ? {} : { whole }),
      };
    } finally {
      for (const path of [made.data, made.touched, made.step?.data, made.step?.touched])
        if (path !== undefined) await services.store.removeFile(path);
    }
  });
}
