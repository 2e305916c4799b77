import { attemptsLeft, type Matter, severityOf } from '../../../src/domain/watch/judgement';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** A run whose step failed for good at night, six hours before the meeting. */
const calm: Matter = {
  failure: 'ModelFailed',
  attempt: 1,
  goesOn: false,
  healthy: false,
  remainingMs: 20 * MINUTE,
  repairMs: 45 * MINUTE,
  slackMs: 6 * HOUR,
  fresh: false,
  awake: false,
};

describe('how much a trouble matters', () => {
  test.each<[string, Partial<Matter>, string]>([
    ['there is time for a repair in the morning', {}, 'routine'],
    ['a repair takes more than half of the time that is left', { slackMs: 2 * HOUR }, 'degraded'],
    ['exactly half of it is not more', { slackMs: 130 * MINUTE }, 'routine'],
    ['a repair and the rest just fit', { slackMs: 65 * MINUTE }, 'degraded'],
    ['they do not fit any more', { slackMs: 65 * MINUTE - 1 }, 'critical'],
    ['the deadline has passed', { slackMs: -1 }, 'critical'],
    ['the edition of the day is live all the same', { slackMs: -1, fresh: true }, 'routine'],
    ['nobody waits for the data, and nobody tries any more', { slackMs: null }, 'degraded'],
    [
      'nobody waits for the data, and it is tried again',
      { slackMs: null, failure: 'Transient', goesOn: true },
      'routine',
    ],
    ['people are about', { awake: true }, 'degraded'],
    ['people are about, and it heals by itself', { awake: true, failure: 'Transient', goesOn: true }, 'routine'],
    [
      'people are about, and the attempts are used up',
      { awake: true, failure: 'Damaged', attempt: 3, goesOn: true },
      'degraded',
    ],
    ['a retry for the tenth time with hours to go', { failure: 'Transient', attempt: 10, goesOn: true }, 'routine'],
    ['a retry that leaves no time for a repair', { failure: 'Transient', goesOn: true, slackMs: HOUR }, 'critical'],
    ['how long the rest takes is not known', { remainingMs: null, slackMs: HOUR }, 'degraded'],
    ['it is not known, and a repair alone does not fit', { remainingMs: null, slackMs: 44 * MINUTE }, 'critical'],
    ['a healthy run needs no repair', { healthy: true, failure: null, goesOn: true, slackMs: HOUR }, 'routine'],
    ['a healthy run will be late', { healthy: true, failure: null, goesOn: true, slackMs: 19 * MINUTE }, 'critical'],
  ])('%s', (_, change, expected) => {
    expect(severityOf({ ...calm, ...change })).toBe(expected);
  });

  test('waiting never makes it matter less', () => {
    const order = ['routine', 'degraded', 'critical'];
    for (const change of [{}, { goesOn: true, failure: 'Transient' }, { healthy: true }, { awake: true }]) {
      let before = 0;
      for (let slackMs = 10 * HOUR; slackMs > -HOUR; slackMs -= 7 * MINUTE) {
        const now = order.indexOf(severityOf({ ...calm, ...change, slackMs }));
        expect(now).toBeGreaterThanOrEqual(before);
        before = now;
      }
    }
  });

  test.each([
    [null, 5, Number.POSITIVE_INFINITY],
    ['Transient', 50, Number.POSITIVE_INFINITY],
    ['ModelFailed', 1, 0],
    ['Damaged', 1, 2],
    ['EngineCrashed', 7, 0],
    ['TimedOut', 2, Number.POSITIVE_INFINITY],
  ])('of %s, after %d attempts, so many are left: %d', (failure, attempt, left) => {
    expect(attemptsLeft(failure, attempt)).toBe(left);
  });
});
