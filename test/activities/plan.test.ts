/** Planning: what a second attempt follows, how long files are waited for, lanes and time-outs. */
import { appendFileSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Services } from '../../src/activities';
import { planRun } from '../../src/activities/plan';
import type { PlanDocument } from '../../src/domain/plan';
import type { PartPlan } from '../../src/domain/receipt';
import { addDays, localDay } from '../../src/domain/window';
import { removeTemporaryFolders } from '../dev/temporary';
import { openWorkshop, type Workshop } from '../support/workshop';
import { folderOf } from '../workflows/folders';

const HOUR_MS = 3_600_000;

let workshop: Workshop;
beforeAll(async () => {
  workshop = await openWorkshop();
});
afterAll(async () => {
  await workshop.close();
  await removeTemporaryFolders();
});

/** A pipeline with one source of these files, and more lines for its declaration. */
const pipelineOf = (name: string, files: Readonly<Record<string, string>>, ...more: readonly string[]) =>
  folderOf({
    'pipeline.yaml': `name: ${name}
zone: Pacific/Auckland
window: 3d
deadline_per_model: 10m
sources:
  numbers:
    type: csv
    path: numbers*.csv
    columns: {id: BIGINT, value: BIGINT}
${more.map((line) => `    ${line}\n`).join('')}`,
    'models/total.sql': '-- publish: true\nSELECT sum(value)::BIGINT AS total FROM numbers\n',
    ...files,
  });
const NUMBERS = 'id,value\n1,10\n2,20\n';

const planFor = async (runId: string, pipeline: string, options: { services?: Services; since?: number } = {}) =>
  await workshop.act(runId, async () => await planRun(options.services ?? workshop.services, { pipeline }), {
    scheduledTimestampMs: options.since ?? Date.now(),
  });

/** Counts how often a source is looked at, and does something after each time. */
function watched(after: (times: number) => void = () => undefined) {
  const seen = { times: 0 };
  const openSource: Services['openSource'] = async (request) => {
    const { source, close } = await workshop.services.openSource(request);
    const plan: typeof source.plan = async (options) => {
      try {
        return await source.plan(options);
      } finally {
        seen.times += 1;
        after(seen.times);
      }
    };
    return { source: { ...source, plan }, close };
  };
  return { seen, services: { ...workshop.services, openSource } };
}

test('a second attempt follows the plan that the first one recorded, whatever has come since', async () => {
  const pipeline = pipelineOf('second', { 'numbers-1.csv': NUMBERS });
  const first = await planFor('second', pipeline);
  expect(first).toMatchObject({
    sources: [{ parts: 1, records: 2 }],
    window: { from: '2026-03-08', to: '2026-03-11' },
  });
  writeFileSync(join(pipeline, 'numbers-2.csv'), NUMBERS);
  expect(await planFor('second', pipeline)).toEqual(first);
  const recorded = await workshop.services.store.get<PlanDocument>(first.plan);
  expect(recorded?.sources[0]?.parts.map(({ file }) => file)).toEqual([join(pipeline, 'numbers-1.csv')]);
  rmSync(join(pipeline, 'numbers-1.csv'));
  expect(await planFor('second', pipeline)).toEqual(first);
  writeFileSync(join(pipeline, 'numbers-1.csv'), NUMBERS);
  // Another run sees both, once the first is over.
  expect(await planFor('third', pipeline)).toMatchObject({ sources: [{ parts: 2, records: 4 }] });
});

test('a run that is at the same work comes first; when it is over, its claim does not matter', async () => {
  const pipeline = pipelineOf('claimed', { 'numbers.csv': NUMBERS });
  await planFor('at-it', pipeline);
  workshop.running.add('at-it');
  expect(await planFor('late', pipeline)).toMatchObject({
    settled: { outcome: 'duplicate', duplicateOf: { runId: 'at-it' } },
  });
  // Its own second attempt is no other run.
  expect(await planFor('at-it', pipeline)).toMatchObject({ sources: [{ parts: 1 }] });
  workshop.running.delete('at-it');
  expect(await planFor('later', pipeline)).toMatchObject({ sources: [{ parts: 1 }] });
});

test('with another word about how a file is written, its parts are others', async () => {
  const pipeline = pipelineOf('written', { 'numbers.csv': NUMBERS });
  const yaml = readFileSync(join(pipeline, 'pipeline.yaml'), 'utf8');
  const fingerprints: (string | undefined)[] = [];
  // Whatever the file is: only what is declared differs.
  const { size, mtimeNs } = statSync(join(pipeline, 'numbers.csv'), { bigint: true });
  const part: PartPlan = {
    ...{ file: join(pipeline, 'numbers.csv'), size: Number(size), mtimeNs: String(mtimeNs) },
    ...{ from: 0, to: 10, firstRecord: 1, records: 2, bytes: 10 },
  };
  const openSource: Services['openSource'] = async (request) => {
    const { source, close } = await workshop.services.openSource(request);
    return { source: { ...source, plan: async () => [part] }, close };
  };
  const planned = { ...workshop.services, openSource };
  for (const type of [
    'csv',
    'csv\n    header: false',
    'csv\n    encoding: windows-1252',
    'ndjson',
    'ndjson\n    undeclared: ignore',
    'ndjson\n    compression: none',
    'json',
  ]) {
    writeFileSync(join(pipeline, 'pipeline.yaml'), yaml.replace('type: csv', `type: ${type}`));
    const brief = await planFor(`written-${fingerprints.length}`, pipeline, { services: planned });
    const plan = await workshop.services.store.get<PlanDocument>(brief.plan);
    fingerprints.push(plan?.sources[0]?.parts[0]?.fingerprint);
  }
  expect(fingerprints).not.toContain(undefined);
  expect(new Set(fingerprints).size).toBe(fingerprints.length);
});

test('the data of a night that begins after the deadline of its day are needed on the next', async () => {
  const neededOf = async (name: string, cron: string) => {
    const pipeline = pipelineOf(name, { 'numbers.csv': NUMBERS });
    appendFileSync(join(pipeline, 'pipeline.yaml'), `schedule: ${cron}\ndeadline: "07:30"\n`);
    const { deadline, window } = await planFor(name, pipeline);
    return [window.asOf, localDay(new Date(deadline?.at ?? ''), 'Pacific/Auckland')] as const;
  };
  const [asOf, morning] = await neededOf('morning', '0 3,15 * * *');
  expect(morning).toBe(asOf);
  const [day, next] = await neededOf('evening', '0 22 * * *');
  expect(next).toBe(addDays(day, 1));
});

test('a file that is waited for is taken when it comes', async () => {
  const pipeline = pipelineOf('comes', {}, 'wait: 1h');
  const { seen, services } = watched((times) => times === 1 && writeFileSync(join(pipeline, 'numbers.csv'), NUMBERS));
  const brief = await planFor('comes', pipeline, { services, since: Date.now() - HOUR_MS + 1_500 });
  expect(brief.sources).toMatchObject([{ parts: 1, records: 2 }]);
  expect(seen.times).toBe(2);
});

test('a file that does not come is missing when the wait since the first attempt is over', async () => {
  const pipeline = pipelineOf('missing', {}, 'wait: 1h');
  const missing = { kind: 'MissingFile', message: expect.stringContaining('numbers*.csv') };
  const first = watched();
  await expect(
    planFor('missing', pipeline, { services: first.services, since: Date.now() - HOUR_MS + 1_500 }),
  ).rejects.toMatchObject(missing);
  expect(first.seen.times).toBe(2);
  const second = watched();
  await expect(
    planFor('missing', pipeline, { services: second.services, since: Date.now() - 2 * HOUR_MS }),
  ).rejects.toMatchObject(missing);
  expect(second.seen.times).toBe(1);
  expect(await workshop.services.store.listScratch()).not.toContain('missing');
});

describe('of a large source', () => {
  const MEGABYTE = 1_000_000;
  /** Services whose sources have so many parts of so many bytes. */
  const large = (count: number, bytes: number): Services => ({
    ...workshop.services,
    openSource: async (request) => {
      const { source, close } = await workshop.services.openSource(request);
      const part = { file: 'f', size: bytes, mtimeNs: '1', firstRecord: 1, records: 10, bytes };
      const parts: PartPlan[] = Array.from({ length: count }, (_, index) => ({
        ...part,
        from: index * bytes,
        to: (index + 1) * bytes,
      }));
      return { source: { ...source, plan: async () => parts }, close };
    },
  });

  test.each([
    ['small', 8, 1, [], { lanes: 1, timeout: HOUR_MS / 2, heartbeat: 10_000 }],
    ['just-small', 8, 31, [], { lanes: 1, timeout: HOUR_MS / 2 }],
    ['medium', 8, 32, [], { lanes: 2, timeout: HOUR_MS / 2 }],
    ['large', 100, 36, [], { lanes: 2, bytes: 3_600 * MEGABYTE, timeout: HOUR_MS }],
    [
      'declared',
      100,
      36,
      ['lanes: 3', 'timeout: 2h', 'heartbeat: 30s'],
      { lanes: 3, timeout: 2 * HOUR_MS, heartbeat: 30_000 },
    ],
    ['few', 2, 1, ['lanes: 16'], { lanes: 2 }],
  ] as const)('%s: %i parts of %i MB', async (name, count, megabytes, more, expected) => {
    const pipeline = pipelineOf(name, { 'numbers.csv': NUMBERS }, ...more);
    const brief = await planFor(name, pipeline, { services: large(count, megabytes * MEGABYTE) });
    expect(brief.sources).toMatchObject([{ parts: count, records: count * 10, ...expected }]);
    // Twice its deadline, as a model may be tried again with less, and an hour for what is around it.
    expect(brief.models).toMatchObject([{ name: 'total', timeout: 20 * 60_000 + HOUR_MS }]);
    const plan = await workshop.services.store.get<PlanDocument>(brief.plan);
    expect(plan?.sources[0]?.lanes.flat()).toEqual(Array.from({ length: count }, (_, index) => index));
  });
});
