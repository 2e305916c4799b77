/** The pipelines of `daybreak demo --night`: the shipped one, each in a night of its own, and what is wrong with it. */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseDocument } from 'yaml';
import { DECLARATION } from '../../adapters/definition/read';
import { clockTime } from '../../domain/hours';
import { localDay } from '../../domain/window';
import { makeSample } from '../../sample';
import type { SampleOptions } from '../../sample/options';
import { copyShipped, missedSoon } from './own';

const LINES = 10_000;
const MINUTE = 60_000;

export interface Night {
  readonly name: string;
  /** What a clock shows where the night is. */
  readonly hour: number;
  /** When its data are needed. */
  readonly deadline: (now: Date, zone: string) => string;
  readonly defects?: SampleOptions['defects'];
}

export const MONDAY: Night = { name: 'shop-monday', hour: 2, deadline: () => '07:30' };
export const TUESDAY: Night = {
  name: 'shop-tuesday',
  hour: 2,
  deadline: () => '07:30',
  defects: [{ name: 'duplicate_keys' }],
};
export const WEDNESDAY: Night = {
  name: 'shop-wednesday',
  hour: 6,
  deadline: (now, zone) => clockTime(new Date(now.getTime() + 35 * MINUTE), zone),
  defects: [{ name: 'renamed_column' }],
};

/** A zone where it is this hour of the night by now, whatever it is here. */
function zoneWhere(hour: number, now: Date): string {
  const ahead = ((hour - now.getUTCHours() + 36) % 24) - 12;
  return ahead === 0 ? 'Etc/GMT' : `Etc/GMT${ahead > 0 ? '-' : '+'}${Math.abs(ahead)}`;
}

/** The shipped pipeline over a shop of its own, in a zone where it is night. */
export async function pipelineOf(
  night: Night,
  home: string,
  now: Date,
  digestAt: Date,
): Promise<{ folder: string; mend(): Promise<void> }> {
  const zone = zoneWhere(night.hour, now);
  const folder = join(home, night.name);
  const shipped = await copyShipped(folder);
  const text = missedSoon(await readFile(join(shipped, DECLARATION), 'utf8'), 'csv');
  const declaration = parseDocument(text);
  const declared = {
    name: night.name,
    zone,
    deadline: night.deadline(now, zone),
    repair_time: '45m',
    owner: 'data platform',
    notify: {
      channels: {
        ring: { type: 'webhook', url: '${env:DAYBREAK_DEMO_RING}' },
        team: { type: 'webhook', url: '${env:DAYBREAK_DEMO_TEAM}' },
      },
      routes: [
        { severity: ['degraded'], to: ['team'] },
        { severity: ['critical'], to: ['ring'] },
      ],
      digest: clockTime(digestAt, zone),
      digest_to: ['team'],
    },
  };
  declaration.delete('schedule');
  for (const [key, value] of Object.entries(declared)) declaration.set(key, value);
  await writeFile(join(folder, DECLARATION), String(declaration));
  const sample = { folder: join(folder, 'data'), seed: 1, lines: LINES, until: localDay(now, zone), zone };
  const { defects } = night;
  await makeSample(defects === undefined ? sample : { ...sample, defects });
  return {
    folder,
    async mend() {
      await rm(sample.folder, { recursive: true, force: true });
      await makeSample(sample);
    },
  };
}
