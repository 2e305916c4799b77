/** What the Web UI shows of watches and incidents. */
import { answeredBy } from '../../../src/domain/watch/answered';
import { newIncident } from '../../../src/domain/watch/incident';
import { incidentStep } from '../../../src/domain/watch/incident-step';
import { incidentDetails, incidentSummary, standingText, waitsFor } from '../../../src/domain/watch/incident-view';
import { newWatch } from '../../../src/domain/watch/night';
import type { Seen } from '../../../src/domain/watch/seen';
import { watchDetails, watchStaticSummary } from '../../../src/domain/watch/watch-view';
import { at, DAY, ended, type Happens, over, play, run, schedule, settings, step } from './seen';

const zone = 'Europe/Berlin';
const seen = (time: string, more: Partial<Seen> = {}): Seen => ({
  at: at(time),
  schedule: schedule(),
  runs: [],
  nights: [],
  awake: false,
  nextDigest: at('07:30', '2026-11-27'),
  ...more,
});
const shown = (happens: readonly Happens[], time: string, more: Partial<Seen> = {}) =>
  watchDetails(play(happens, { zone }).state, seen(time, more)).split('\n');

describe('a watch', () => {
  test('says first whether all is well, when it looked and when the next run starts, on the clocks of the zone', () => {
    const [first, second] = watchDetails(newWatch({ ...settings, zone }, at('00:00')), seen('02:00')).split('\n');
    expect(first).toBe('**All is well**, looked at 2026-11-26 03:00 (Europe/Berlin).');
    expect(second).toBe('The next run starts at 2026-11-27 03:00.');
  });

  test.each([
    [null, 'No schedule: runs are started by hand or by something else.'],
    [schedule({ paused: true, note: 'a <b> | c' }), '**The schedule is paused**: a &lt;b> \\| c.'],
    [schedule({ nextDue: [] }), 'No start is to come.'],
    [
      schedule({ changedByHand: ['cron: a -> b'] }),
      'The next run starts at 2026-11-27 03:00. **Its schedule was changed by hand.**',
    ],
  ])('of a schedule', (known, text) => {
    expect(shown([], '02:00', { schedule: known })[1]).toBe(text);
  });

  test('has a line for each night, the newest first: going on, in trouble, done', () => {
    const going: Happens[] = [
      { planned: 'a' },
      { look: '02:10', runs: [run('a', { pending: [step('extract_orders', '02:00')] })] },
    ];
    expect(shown(going, '02:10').at(-1)).toBe(
      `| ${DAY} | going on, about 8 min left, at most 20 min on nine nights of ten | 2026-11-26 08:30, in 5 h 20 min | a |`,
    );
    const failed: Happens[] = [...going, { told: ended('a', 'failed'), at: '02:20' }, { look: '02:21' }];
    const lines = shown(failed, '08:00');
    expect(lines[0]).toContain('**A night is in trouble**');
    expect(lines.at(-1)).toMatch(
      /\| \*\*trouble\*\*: incident [\da-f]{12} \| 2026-11-26 08:30, \*\*30 min ago\*\* \| a \|$/,
    );
    const done = shown([...failed, { planned: 'b' }, { look: '07:00', runs: [over('b', 'published')] }], '07:01');
    expect(done[0]).toContain('**All is well**');
    expect(done.at(-1)).toBe(`| ${DAY} | done: edition edition-of-b | 2026-11-26 08:30, kept | b |`);
  });

  test('says of an incident that somebody ended only that its edition is not out', () => {
    const { state } = play([{ planned: 'a' }, { told: ended('a', 'failed'), at: '02:20' }, { look: '02:21' }], {
      zone,
    });
    const key = state.nights.find(({ incident }) => incident !== null)?.incident ?? '';
    const text = watchDetails(answeredBy(state, key), seen('02:22'));
    expect(text).toMatch(/^\*\*All is well\*\*/);
    expect(text).toContain(`somebody said that incident ${key} is over; its edition is not out`);
  });

  test('its summary says until when', () => {
    expect(watchStaticSummary({ ...settings, zone })).toBe('night watch of shop: data needed by 07:30 (Europe/Berlin)');
    expect(watchStaticSummary({ ...settings, deadline: null })).toBe('night watch of shop');
  });
});

describe('an incident', () => {
  const order = play([{ planned: 'a' }, { told: ended('a', 'failed'), at: '02:20' }, { look: '06:21' }]).all[0];
  if (order?.kind !== 'observed') throw new Error('nothing was observed');
  const { observation } = order;
  const own = { ...settings, zone };
  const begun = newIncident('q-incident-1', own, observation);
  const opened = incidentStep(begun, { kind: 'observed', settings: own, observation }).incident;
  const mind = { at: at('06:30'), who: 'sarah', why: 'a <b> | c' };

  test('says how it stands, what to do, and what came before, the newest first', () => {
    const { incident } = incidentStep(opened, { kind: 'snooze', ...mind, until: at('07:00') });
    const lines = incidentDetails(incident).split('\n');
    expect(lines[0]).toBe('**CRITICAL, snoozed until 2026-11-26 08:00 (Europe/Berlin)**');
    expect(lines).toContain('Do next: `daybreak why a` (why: docs/runbook.md, paragraph failed)');
    expect(lines.slice(-2)).toEqual([
      '| 07:30 | snoozed | sarah, until 2026-11-26 08:00 (Europe/Berlin): a &lt;b> \\| c |',
      `| 07:21 | opened | ${observation.title} |`,
    ]);
  });

  test('one that is over has nothing to do next', () => {
    const { incident } = incidentStep(opened, { kind: 'resolve', ...mind });
    expect(incidentDetails(incident)).not.toContain('Do next');
    expect(standingText(incident)).toBe('resolved at 2026-11-26 07:30 (Europe/Berlin)');
    expect(incidentSummary(incident)).toMatchObject({ status: 'resolved', resolvedAt: at('06:30'), nights: [DAY] });
    expect([waitsFor('resolved'), waitsFor('snoozed'), waitsFor('open')]).toEqual([
      'until the same cause opens a new incident',
      'until the snooze is over',
      'until more people are told',
    ]);
  });
});
