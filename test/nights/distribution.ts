/**
 * What goes wrong in a hundred nights, written down before they were played. The faults are those of promises.md
 * (ours: `Faults`); how often each of them is there follows from what a night meets: mostly the network, then processes,
 * then the machine. Ninety-five of a hundred are faults that the steps' own retries outlast within nine seconds; five leave
 * no way to an edition by itself. Seeds choose the order of the nights, how often a step fails, and when somebody is killed.
 */
import type { Fault } from '../support/channels';
import type { ChannelName } from './channels';
import type { Acts } from './script';

export type NightKind =
  | 'source away'
  | 'throttled'
  | 'worker killed'
  | 'engine died'
  | 'part damaged'
  | 'step silent'
  | 'late worker'
  | 'slow model'
  | 'poisoned model'
  | 'shut out'
  | 'gate'
  | 'worker gone'
  | 'source gone';

interface Share {
  /** Of a hundred. */
  readonly nights: number;
  /** Where the fault is in promises.md, and why there are so many. */
  readonly reason: string;
  /** It makes its deadline by itself. */
  readonly heals: boolean;
}

export const DISTRIBUTION: Readonly<Record<NightKind, Share>> = {
  'source away': { nights: 28, heals: true, reason: 'network: time-outs, resets, cut-offs; what nights meet most' },
  throttled: { nights: 17, heals: true, reason: 'HTTP: 429, and databases that ask for less' },
  'worker killed': {
    nights: 16,
    heals: true,
    reason: 'process: kill -9 with a successor, as in a deploy or a lost machine',
  },
  'engine died': { nights: 9, heals: true, reason: 'memory: a kill by the cgroup' },
  'part damaged': { nights: 6, heals: true, reason: 'disk: flipped bits, found by checksum and read again' },
  'step silent': { nights: 8, heals: true, reason: 'process: SIGSTOP past the heartbeat time-out' },
  'late worker': { nights: 5, heals: true, reason: 'process: a run that finds no worker for its steps at first' },
  'slow model': { nights: 6, heals: true, reason: 'data: ten times the rows' },
  'poisoned model': { nights: 1, heals: false, reason: 'data: a poison row, in a model' },
  'shut out': { nights: 1, heals: false, reason: 'HTTP: 401; the same for a database' },
  gate: { nights: 1, heals: false, reason: 'data: an empty source, kept from readers by a gate' },
  'worker gone': { nights: 1, heals: false, reason: 'process: kill -9 without a successor' },
  'source gone': { nights: 1, heals: false, reason: 'network: a source that does not come back' },
};

/** A channel misbehaves in this share of nights, each channel by itself. */
const CHANNEL_FAULTS = 0.25;
const FAULTS: readonly Fault[] = [
  { status: 500 },
  { status: 503, headers: { 'retry-after': '1' } },
  { status: 429, headers: { 'retry-after': '1' } },
  'close',
  'lose',
];

export interface SeededNight {
  readonly kind: NightKind;
  readonly heals: boolean;
  readonly acts: Acts;
  /** What its worker goes through, in ms since the night began; `start` is not there where nobody starts one. */
  readonly worker: { readonly kill?: number; readonly start?: number } | undefined;
  /** Of the first request that each gets. */
  readonly channels: readonly { readonly channel: ChannelName; readonly fault: Fault }[];
}

/** Numbers in [0, 1) that are the same for a seed. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** What a publish takes on nearly all nights is more than it takes on most. */
const WORK: Acts = {
  extract_orders: { ms: 400 },
  transform_sales: { ms: 200 },
  publishEdition: { ms: 200, usual: 4_000 },
};

function actsOf(kind: NightKind, random: () => number): Acts {
  const times = (most: number) => 1 + Math.floor(random() * most);
  const failing = (step: string, fail: NonNullable<Acts[string]['fail']>): Acts => ({ ...WORK, [step]: { fail } });
  switch (kind) {
    case 'source away':
      return failing('extract_orders', { kind: 'Transient', message: 'connection refused', times: times(3) });
    case 'throttled':
      return failing('extract_orders', { kind: 'Throttled', message: 'it answered 429', times: times(3) });
    case 'engine died':
      return failing('transform_sales', {
        kind: 'EngineCrashed',
        message: 'the engine ended with SIGKILL',
        times: times(2),
      });
    case 'part damaged':
      return failing('transform_sales', { kind: 'Damaged', message: 'a part is not what it was', times: times(2) });
    case 'step silent':
      return { ...WORK, extract_orders: { hang: { heart: 'silent', times: 1 } } };
    case 'worker killed':
    case 'worker gone':
      return { ...WORK, extract_orders: { ms: 2500 } };
    case 'late worker':
      return WORK;
    case 'slow model':
      return { ...WORK, transform_sales: { ms: 2000 + random() * 2000, usual: 500 } };
    case 'poisoned model':
      return failing('transform_sales', { kind: 'ModelFailed', message: 'no number in row 17' });
    case 'shut out':
      return failing('extract_orders', { kind: 'Credentials', message: 'nobody is let in under this name' });
    case 'gate':
      return { ...WORK, validate_data_quality: { blocks: true } };
    case 'source gone':
      return failing('extract_orders', { kind: 'Transient', message: 'connection refused' });
  }
}

function workerOf(kind: NightKind, random: () => number): SeededNight['worker'] {
  const kill = 500 + Math.floor(random() * 1500);
  if (kind === 'worker gone') return { kill };
  if (kind === 'worker killed') return { kill, start: kill + Math.floor(random() * 2000) };
  return kind === 'late worker' ? { start: 1000 + Math.floor(random() * 2000) } : undefined;
}

/** Repaired, every night is like this. */
export const REPAIRED: Acts = WORK;

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const rest = [...items];
  return items.map(() => rest.splice(Math.floor(random() * rest.length), 1)[0] as T);
}

/**
 * So many nights: a hundred are the whole distribution. Fewer have two that cannot make it, and of the others so many of a
 * kind as come up.
 */
export function nightsOf(seed: number, count: number): SeededNight[] {
  const random = seeded(seed);
  const kinds = Object.entries(DISTRIBUTION) as [NightKind, Share][];
  const all = (heals: boolean) =>
    shuffled(
      kinds.flatMap(([kind, share]) => (share.heals === heals ? Array.from({ length: share.nights }, () => kind) : [])),
      random,
    );
  const failing = Math.max(2, Math.round((count * 5) / 100));
  const [lost, healing] = [all(false), all(true)];
  const chosen = [
    ...Array.from({ length: failing }, (_, index) => lost[index % lost.length] as NightKind),
    ...Array.from({ length: count - failing }, (_, index) => healing[index % healing.length] as NightKind),
  ];
  return shuffled(chosen, random).map((kind) => ({
    kind,
    heals: DISTRIBUTION[kind].heals,
    acts: actsOf(kind, random),
    worker: workerOf(kind, random),
    channels: (['ring', 'chat'] as const).flatMap((channel) =>
      random() < CHANNEL_FAULTS ? [{ channel, fault: FAULTS[Math.floor(random() * FAULTS.length)] as Fault }] : [],
    ),
  }));
}
