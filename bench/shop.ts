/** The shop that is worked on, and the run that is asked for. */
import { join, resolve } from 'node:path';
import type { RunRequest } from '../src/domain/run';
import { makeSample } from '../src/sample';

export const ROOT = resolve(__dirname, '..');
/** Everything that the bench writes is here; not in git. */
export const FOLDER = join(ROOT, '.daybreak', 'bench');
const UNTIL = '2026-09-01';

/** The shop of a size, made once; the run of it. */
export async function shopRun(lines: number, seed = 1): Promise<RunRequest> {
  const data = join(FOLDER, `sample-${lines}-${seed}`);
  await makeSample({ folder: data, seed, lines, until: UNTIL });
  return { pipeline: 'customer-analytics', from: '2026-08-04', to: UNTIL, parameters: { data } };
}
