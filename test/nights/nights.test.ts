/**
 * Each folder here is a night: what happens in it, and what people are told. All of them are played at once on one server,
 * with the real workflows, the real watch and its channels; after them, those that want to be alone.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { milliseconds } from '../../src/domain/window';
import { removeTemporaryFolders } from '../dev/temporary';
import { startServer, type TestServer } from '../support/server';
import { turns } from '../support/turns';
import { type NightEnd, playNight, readNight } from './play';
import { openStage, type Stage } from './stage';

jest.setTimeout(150_000);

/** Some of them, for who works on them: NIGHT=name jest test/nights/nights.test.ts */
const only = process.env.NIGHT;
const nights = readdirSync(__dirname, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && (only === undefined || entry.name.startsWith(only)))
  .map(({ name }) => ({ name, file: readNight(join(__dirname, name)) }))
  // The long ones first, and last those that are alone.
  .toSorted((a, b) => milliseconds(b.file.deadline) - milliseconds(a.file.deadline))
  .toSorted((a, b) => Number(a.file.alone === true) - Number(b.file.alone === true));

/** A watch that looks twice a second is work for the server too. */
const AT_ONCE = 6;

let server: TestServer;
let stage: Stage;
let together: Map<string, Promise<NightEnd>>;
beforeAll(async () => {
  server = await startServer();
  stage = await openStage(server, nights.length);
  const playing = nights.filter(({ file }) => file.alone !== true);
  const play = turns(AT_ONCE);
  together = new Map(
    playing.map(({ name, file }) => [name, play(async () => await playNight(server, stage, name, file))]),
  );
  // Each is looked at by its own test.
  await Promise.allSettled(together.values());
});
afterAll(async () => {
  await stage.close();
  await server.stop();
  await removeTemporaryFolders();
});

test.each(nights)('$name', async ({ name, file }) => {
  const night = await (together.get(name) ?? playNight(server, stage, name, file));
  expect(night.came).toEqual(night.expected);
  expect(night.unseen).toEqual([]);
  if (file.pages > 0 && file.rings !== 'late') expect(night.ringMs).toBeLessThanOrEqual(0);
  if (file.waits !== undefined) expect(night.waitedMs).toBeGreaterThanOrEqual(milliseconds(file.waits.atLeast));
  for (const words of file.mentions ?? []) expect(night.bodies).toContain(words);
  // It stood in errors of the data.
  expect(night.bodies).not.toMatch(/anna|o'hara|example\.org/i);
  expect(night.problems).toEqual([]);
});
