/** What is read in the morning. */
import { answeredBy } from '../../../src/domain/watch/answered';
import { digestOf } from '../../../src/domain/watch/digest';
import { deliveryTold, runEnded } from '../../../src/domain/watch/night';
import { look } from '../../../src/domain/watch/step';
import { at, ended, over, play, run, schedule, step } from './seen';

const MORNING = at('07:30');
const labels = (message: ReturnType<typeof digestOf>) => message?.sections.map(({ label }) => label);
const healed = play([
  { planned: 'a' },
  {
    look: '02:05',
    runs: [
      run('a', {
        pending: [
          step('extract_orders', '02:00', {
            attempt: 4,
            started: false,
            failure: { kind: 'Transient', message: "no answer for 'anna@example.org'\nnext: wait" },
          }),
        ],
      }),
    ],
  },
  { look: '02:30', runs: [over('a', 'published')] },
]).state;
const failed = play([{ planned: 'a' }, { told: ended('a', 'failed'), at: '02:20' }, { look: '02:21' }]).state;

test('a night without anything to read has no digest', () => {
  expect(digestOf(play([]).state, 'watch', MORNING)).toBeUndefined();
});

test('what healed is read with what is published, and is no work any more', () => {
  const digest = digestOf(healed, 'watch', MORNING);
  expect(digest).toMatchObject({
    kind: 'digest',
    severity: 'routine',
    title: 'shop: the night is over, nothing waits',
    id: `watch/digest/${MORNING}`,
  });
  expect(labels(digest)).toEqual(['What healed by itself', 'What is published']);
  expect(digest).not.toHaveProperty('command');
});

test('what waits comes with the command that shows it', () => {
  const digest = digestOf(failed, 'watch', MORNING);
  expect(labels(digest)).toEqual(['What waits for somebody']);
  expect(digest).toMatchObject({
    severity: 'degraded',
    title: 'shop: something waits for you',
    command: 'daybreak incidents',
  });
});

test('what rang and is over is read, and is no work', () => {
  const { state } = play([
    { planned: 'a' },
    { told: ended('a', 'failed'), at: '02:20' },
    { look: '06:40' },
    { planned: 'a2' },
    { look: '07:00', runs: [over('a2', 'published')] },
  ]);
  const digest = digestOf(state, 'watch', MORNING);
  expect(labels(digest)).toEqual(['What rang', 'What is published']);
  expect(digest?.title).toContain('nothing waits');
});

test('what somebody said is over is no work, until the same happens to another day', () => {
  const key = failed.nights.find(({ incident }) => incident !== null)?.incident ?? '';
  const answered = answeredBy(failed, key);
  expect(digestOf(answered, 'watch', MORNING)).toBeUndefined();
  const next = '2026-11-27';
  const again = runEnded(answered, ended('b', 'failed', { asOf: next }), at('02:20', next));
  const { state, orders } = look(again, {
    ...{ at: at('02:21', next), schedule: schedule(), runs: [], awake: false, nextDigest: at('07:30', next) },
    nights: [{ asOf: next, dueAt: at('02:00', next), deadline: at('07:30', next) }],
  });
  expect(orders).toContainEqual(
    expect.objectContaining({ kind: 'observed', key, observation: expect.objectContaining({ asOf: next }) }),
  );
  const digest = digestOf(state, 'watch', at('07:30', next));
  expect(labels(digest)).toContain('What waits for somebody');
  expect(digest).toMatchObject({ title: 'shop: something waits for you', command: 'daybreak incidents' });
});

test('what could not be sent is read with its age for as long as it cannot, what was given up once', () => {
  const news = { channel: 'ring', since: at('03:30'), text: 'shop fails: ring: it answered 500', lost: null };
  const waiting = deliveryTold(healed, 'incident', news, at('03:30'));
  const unsent = (state: typeof waiting) =>
    digestOf(state, 'watch', MORNING)?.sections.find(({ label }) => label === 'What could not be sent')?.text;
  expect(unsent(waiting)).toBe('shop fails: ring: it answered 500 (for 4 h)');
  expect(unsent(deliveryTold(waiting, 'incident', { ...news, text: null }, at('05:00')))).toBeUndefined();
  const lost = deliveryTold(waiting, 'incident', { ...news, text: null, lost: 'ring: refused; given up' }, at('05:00'));
  expect(unsent(lost)).toBe('ring: refused; given up');
  expect(lost.undelivered).toMatchObject({ incident: { text: 'ring: refused; given up' } });
});

test('nobody is named in it', () => {
  expect(JSON.stringify(digestOf(healed, 'watch', MORNING))).not.toMatch(/anna|example\.org/);
});
