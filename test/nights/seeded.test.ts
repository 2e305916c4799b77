/**
 * Seeded nights that fail, by the distribution that was written down before: with kills of workers and of what watches, and
 * channels that misbehave. A hundred of them: npm run test:nights (NIGHTS=100, SEED=…).
 */
import { eventually, removeTemporaryFolders } from '../dev/temporary';
import { startServer, type TestServer } from '../support/server';
import { DISTRIBUTION, type NightKind, nightsOf, REPAIRED, seeded, type SeededNight } from './distribution';
import { openStage, type Stage } from './stage';

const COUNT = Number(process.env.NIGHTS ?? 10);
const SEED = Number(process.env.SEED ?? 7);
/** Side by side, with one watch; it is killed once, at a time of the seed. */
const BATCH = 10;
/** The short form is played beside other tests: looks and channels may take longer there, and so may what heals. */
const IS_LONG = COUNT >= 100;
const CLOCKS = { deadline: IS_LONG ? '31s' : '41s', repair: '6s', look: '1s' } as const;
const BUSY_MS = IS_LONG ? 0 : 8_000;
/**
 * Between them, the watch is killed. What it had in hand is given to its successor after ten seconds at the latest, Temporal's
 * time-out of a workflow task: little for looks of half a minute, and much for these clocks.
 */
const WATCH_KILLED_MS = [1_000, 5_000] as const;
const LIMIT_MS = 60_000;

jest.setTimeout(30 * 60_000);

interface Told {
  readonly night: SeededNight;
  readonly pages: number;
  /** From the page until a repair would not have fitted any more, one look allowed, in ms. */
  readonly sparedMs: number | undefined;
  /** Incidents that rang, and how often each did. */
  readonly rings: readonly number[];
  readonly open: number;
  readonly published: boolean;
  readonly problems: readonly string[];
  /** What happened to its incidents, in seconds since it began: for who has to find out why it rang. */
  readonly story: string;
}

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(async () => {
  await server.stop();
  await removeTemporaryFolders();
});

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));

/** Plays it until its edition is out; who is rung repairs it. */
async function live(stage: Stage, name: string, seed: SeededNight): Promise<Told> {
  const { worker, channels, acts } = seed;
  const isKilled = worker?.kill !== undefined;
  const night = await stage.open({
    ...{ ...CLOCKS, name, ownSteps: worker !== undefined },
    ...(worker !== undefined && !isKilled ? { workerless: true } : {}),
  });
  for (const { channel, fault } of channels) night.channels.answer(channel, fault, 1);
  const since = async (ms: number) => await sleep(night.begun + ms - Date.now());
  const fate = async () => {
    if (worker?.kill !== undefined) {
      await since(worker.kill);
      night.killWorker();
    }
    if (worker?.start !== undefined) {
      await since(worker.start);
      await night.startWorker();
    }
  };
  const repair = async () => {
    if (seed.heals) return;
    await eventually('somebody is rung', () => night.channels.pages() > 0, LIMIT_MS);
    await (seed.kind === 'worker gone' ? night.startWorker() : night.run(REPAIRED));
  };
  const isOut = async () => {
    const { nights } = await night.watch();
    return nights.some(({ asOf, settledAt }) => asOf === night.today && settledAt !== null);
  };
  await night.run(acts);
  await Promise.all([fate(), repair()]);
  for (const until = Date.now() + LIMIT_MS; !(await isOut().catch(() => false)) && Date.now() < until; )
    await sleep(1_000);
  const published = await isOut().catch(() => false);
  const all = async () => await night.incidents();
  for (
    const until = Date.now() + LIMIT_MS / 4;
    (await all()).some(({ status }) => status !== 'resolved') && Date.now() < until;
  )
    await sleep(500);
  await sleep(1_500);
  const incidents = await all();
  const rang = incidents.flatMap(({ timeline }) =>
    timeline.filter(({ what, text }) => what === 'sent' && text.startsWith('ring: ')).slice(0, 1),
  )[0];
  const lastMoment = night.deadline - night.settings.repairMs + night.settings.lookEveryMs + BUSY_MS;
  const alerts = night.channels.alerts();
  const keys = new Set(alerts.map(({ key }) => key));
  const told = {
    night: seed,
    pages: night.channels.pages(),
    sparedMs: rang === undefined ? undefined : lastMoment - Date.parse(rang.at),
    rings: [...keys].map((key) => alerts.filter((alert) => alert.key === key).length),
    open:
      incidents.filter(({ status }) => status !== 'resolved').length +
      alerts.filter(({ state }) => state !== 'resolved').length,
    published,
    problems: night.channels.problems(),
    story: [
      `${name}: ${JSON.stringify(seed)}`,
      ...incidents.flatMap(({ timeline }) =>
        timeline.map(({ at, what, text }) => `  ${seconds(Date.parse(at) - night.begun)} ${what} ${text}`),
      ),
    ].join('\n'),
  };
  await night.close();
  return told;
}

async function playBatch(nights: readonly SeededNight[], batch: number): Promise<Told[]> {
  const random = seeded(SEED * 1000 + batch);
  const stage = await openStage(server, nights.length);
  try {
    const [from, to] = WATCH_KILLED_MS;
    const chaos = sleep(from + random() * (to - from)).then(async () => await stage.restartWatch());
    const told = await Promise.all(
      nights.map(async (night, index) => await live(stage, `night-${batch}-${index}`, night)),
    );
    await chaos;
    return told;
  } finally {
    await stage.close();
  }
}

const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;

/** As docs/alerts-proof.md has it. */
function table(all: readonly Told[]): string {
  const kinds = (Object.keys(DISTRIBUTION) as NightKind[]).filter((kind) =>
    all.some(({ night }) => night.kind === kind),
  );
  const lines = kinds.map((kind) => {
    const told = all.filter(({ night }) => night.kind === kind);
    const spared = told.flatMap(({ sparedMs }) => sparedMs ?? []);
    return [
      ...[kind, told.length, told.filter(({ pages }) => pages === 0).length],
      ...[told.reduce((sum, { pages }) => sum + pages, 0), spared.length === 0 ? '' : seconds(Math.min(...spared))],
    ];
  });
  const faults = all.reduce((sum, { night }) => sum + night.channels.length, 0);
  const kills = all.filter(({ night }) => night.worker?.kill !== undefined).length;
  return [
    `seed ${SEED}: ${all.length} nights, ${kills} kills of workers, ${Math.ceil(all.length / BATCH)} of the watch, ${faults} faults of channels`,
    '',
    '| what went wrong | nights | without a page | pages | to spare |',
    '|---|---:|---:|---:|---:|',
    ...lines.map((cells) => `| ${cells.join(' | ')} |`),
  ].join('\n');
}

test(`${COUNT} seeded nights: most heal unheard, the others ring once and in time, and all are over in the end`, async () => {
  const nights = nightsOf(SEED, COUNT);
  const all: Told[] = [];
  for (let first = 0; first < nights.length; first += BATCH)
    all.push(...(await playBatch(nights.slice(first, first + BATCH), first / BATCH)));
  const said = table(all);
  process.stderr.write(`${said}\n`);
  const odd = all.filter(({ night, pages, sparedMs = 0 }) => pages !== (night.heals ? 0 : 1) || sparedMs < 0);
  for (const { story } of odd) process.stderr.write(`${story}\n`);

  const failing = all.filter(({ night }) => !night.heals);
  const of = (told: readonly Told[]) => told.map(({ night, pages }) => `${night.kind}: ${pages}`);
  // Every night that could not make it rang once, and while there was time for a repair.
  expect(of(failing.filter(({ pages, rings }) => pages !== 1 || rings.length !== 1))).toEqual([]);
  expect(failing.map(({ sparedMs }) => sparedMs ?? -1).filter((spared) => spared < 0)).toEqual([]);
  // The others woke nobody.
  expect(of(all.filter(({ night, pages }) => night.heals && pages > 0))).toEqual([]);
  expect(all.filter(({ rings }) => rings.some((count) => count > 1)).map(({ night }) => night.kind)).toEqual([]);
  expect(all.filter(({ open, published }) => open > 0 || !published).map(({ night }) => night.kind)).toEqual([]);
  expect(all.flatMap(({ problems }) => problems)).toEqual([]);
});

test('the distribution is of a hundred nights, of which ninety-five heal', () => {
  const shares = Object.values(DISTRIBUTION);
  expect(shares.reduce((sum, { nights }) => sum + nights, 0)).toBe(100);
  expect(shares.filter(({ heals }) => heals).reduce((sum, { nights }) => sum + nights, 0)).toBe(95);
  const kinds = nightsOf(SEED, 100).map(({ kind }) => kind);
  for (const [kind, { nights }] of Object.entries(DISTRIBUTION))
    expect(kinds.filter((each) => each === kind)).toHaveLength(nights);
});
