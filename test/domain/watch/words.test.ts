/** What people are told of every trouble: the same four parts, one command, and nobody's data. */
import { TROUBLES } from '../../../src/domain/watch/cause';
import type { Observation } from '../../../src/domain/watch/incident';
import type { WatchSettings } from '../../../src/domain/watch/settings';
import { at, DAY, ended, type Happens, over, play, run, schedule, step } from './seen';

const LABELS = ['What happened', 'What is still safe', 'What was done by itself', 'What remains'];
const personal = "row 7: 'Anna O'Hara' <anna.ohara@example.org> is no number\u0007\nnext: look at 'Anna'";
const failure = { kind: 'Transient', message: personal };

const observed = (happens: readonly Happens[], given: Partial<WatchSettings> = {}): Observation => {
  const order = play(happens, given).all.findLast(({ kind }) => kind === 'observed');
  if (order?.kind !== 'observed') throw new Error('nothing was observed');
  return order.observation;
};

/** A night of each kind; what is changed by hand in a schedule is no trouble of a night. */
const NIGHTS: Record<(typeof TROUBLES)[number], readonly [Happens[], string]> = {
  failed: [
    [
      { planned: 'a' },
      { look: '02:10', runs: [run('a', { done: ['extract_orders'] })] },
      {
        told: ended('a', 'failed', {
          failure: { step: 'transform_sales', kind: 'ModelFailed', message: personal },
          skipped: ['report', 'insights'],
        }),
        at: '02:20',
      },
      { look: '06:40' },
    ],
    'daybreak why a',
  ],
  blocked: [
    [
      { planned: 'a' },
      {
        look: '06:40',
        runs: [
          over('a', 'blocked', {
            checks: [{ name: 'rows', subject: 'sales', outcome: 'fail', observed: personal, expected: 'at least 1' }],
          }),
        ],
      },
    ],
    'daybreak status a',
  ],
  cancelled: [[{ planned: 'a' }, { look: '06:40', runs: [over('a', 'cancelled')] }], 'daybreak run shop'],
  'no-worker': [[{ planned: 'a' }, { look: '06:40', runs: [run('a', { unserved: ['q-store'] })] }], 'daybreak worker'],
  'never-started': [
    [{ look: '02:05', schedule: schedule({ paused: true, note: personal }) }],
    'daybreak schedule trigger shop',
  ],
  stuck: [
    [
      { planned: 'a', expected: [] },
      { look: '06:00', runs: [run('a', { pending: [step('transform_sales', '05:59')] })] },
      { look: '06:50', runs: [run('a', { pending: [step('transform_sales', '05:59')] })] },
    ],
    'daybreak why a',
  ],
  retrying: [
    [
      { planned: 'a' },
      { look: '06:40', runs: [run('a', { pending: [step('extract_orders', '06:00', { attempt: 5, failure })] })] },
    ],
    'daybreak why a',
  ],
  slow: [
    [{ planned: 'a' }, { look: '06:40', runs: [run('a', { pending: [step('extract_orders', '06:00')] })] }],
    'daybreak why a',
  ],
  late: [[{ planned: 'a' }, { look: '07:10', runs: [run('a')] }], 'daybreak why a'],
};

describe.each(Object.entries(NIGHTS))('%s', (kind, [happens, command]) => {
  const observation = observed(happens);
  const all = JSON.stringify(observation);

  test('has its four parts, a command and a paragraph of the runbook', () => {
    expect(observation.cause.kind).toBe(kind);
    expect(observation.runbook).toBe(kind);
    expect(observation.sections.slice(0, 4).map(({ label }) => label)).toEqual(LABELS);
    for (const { text } of observation.sections) expect(text).toMatch(/\S/);
    expect(observation.command).toBe(command);
  });

  test('says whether the meeting is safe, and how much time there is', () => {
    const remains = observation.sections[3];
    expect(remains?.text).toMatch(/^The meeting is (at risk|safe so far|safe if somebody acts in time)\. /);
    expect(remains?.text).toMatch(
      / The data are needed at 07:30 \(UTC\), .* from 0\d:\d\d\. .*; (a repair is reckoned with 45 min\. .|nothing has)/,
    );
  });

  test('names nobody, holds no value of the data and no control character', () => {
    expect(all).not.toMatch(/anna|hara|example\.org|\\u0007/i);
    expect(observation.title).not.toContain('\n');
  });
});

test('what was done by itself is counted', () => {
  const { sections } = observed(NIGHTS.failed[0]);
  expect(sections[1]?.text).toContain('1 finished step stays finished');
  expect(sections[2]?.text).toContain('skipped (report, insights)');
  expect(observed(NIGHTS.blocked[0]).sections[2]?.text).toContain('the candidate and the failing rows are kept');
});

test('the live edition is named where it is known', () => {
  expect(observed(NIGHTS.failed[0]).sections[1]?.text).toContain('The live edition is edition-before');
  expect(observed(NIGHTS.late[0]).sections[1]?.text).toContain('Readers see what they saw before');
});

test('until when somebody has to begin, on the clocks of the zone, and what is late', () => {
  const nights = [{ asOf: DAY, dueAt: at('02:00'), deadline: at('06:30') }];
  const remains = (look: string) =>
    observed([{ look, nights }], { zone: 'Europe/Berlin' }).sections.map(({ text }) => text);
  expect(remains('02:05')[0]).toContain('due at 03:00 (Europe/Berlin): its schedule started none');
  expect(remains('02:05')[3]).toBe(
    'The meeting is safe so far. The data are needed at 07:30 (Europe/Berlin), 4 h 25 min from 03:05. How long the rest takes is not known yet; a repair is reckoned with 45 min. To be in time, begin by 06:45.',
  );
  expect(remains('06:00')[3]).toMatch(/45 min\. That is more than there is: every minute counts\.$/);
  expect(remains('07:05')[3]).toMatch(
    /^The data of the day are late\. The data were needed at 07:30 \(Europe\/Berlin\), 35 min before 08:05\. /,
  );
  const anyTime = observed([{ look: '02:05', nights: [{ asOf: DAY, dueAt: at('02:00'), deadline: null }] }]);
  expect(anyTime.sections[1]?.text).toBe('Readers see what they saw before.');
  expect(anyTime.sections[3]?.text).toMatch(/Nobody waits for the data at a set time\.$/);
});

test('a deadline of another day comes with its day', () => {
  const { sections } = observed([{ planned: 'a' }, { look: '2026-11-25T22:00:00.000Z', runs: [over('a', 'failed')] }]);
  expect(sections[3]?.text).toContain('needed at 2026-11-26 07:30 (UTC)');
});

test('every trouble has a night here', () => {
  expect(Object.keys(NIGHTS).toSorted()).toEqual(TROUBLES.toSorted());
});

test('a run is started by what it was asked for, as a shell takes it', () => {
  const nights: Happens[] = [{ planned: 'a' }, { look: '02:10', runs: [over('a', 'cancelled')] }];
  const command = (asked?: string) =>
    play(nights, asked === undefined ? {} : { asked }).all.map((order) =>
      order.kind === 'observed' ? order.observation.command : '',
    );
  expect(command()).toEqual(['daybreak run shop']);
  expect(command('/srv/our shop')).toEqual(["daybreak run '/srv/our shop'"]);
});
