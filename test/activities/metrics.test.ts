/** What is told to Prometheus, by a meter that remembers. */
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { measured } from '../../src/activities/measured';
import { type EndedRun, metrics } from '../../src/activities/metrics';
import { METRICS, meterName } from '../../src/domain/metrics';
import { rememberingMeter } from '../support/meter';

const RUN: EndedRun = {
  pipeline: 'shop',
  outcome: 'published',
  live: '2026-03-29-0a1b2c3d',
  seconds: 12.5,
  sources: [
    { name: 'orders', rows: 90, quarantined: 10 },
    { name: 'users', rows: 5, quarantined: 0 },
  ],
  checks: (['pass', 'pass', 'warn'] as const).map((outcome) => ({ outcome })),
};
const NOW = new Date('2026-03-30T04:00:00Z');

describe('a run that has ended', () => {
  const after = (run: Partial<EndedRun>, zone = 'Europe/Berlin') => {
    const { meter, values } = rememberingMeter();
    metrics(meter).runEnded({ ...RUN, ...run }, zone, NOW);
    return values;
  };

  it('tells how it ended, when, and after how long', () => {
    const values = after({});
    expect(values('daybreak_run_duration_seconds')).toEqual({ 'outcome=published pipeline=shop': 12.5 });
    expect(values('daybreak_run_ended_timestamp_seconds')).toEqual({
      'outcome=published pipeline=shop': NOW.getTime() / 1000,
    });
  });

  it('tells from which midnight of its zone the live edition is', () => {
    const at = (zone: string) => Object.values(after({}, zone)('daybreak_edition_as_of_timestamp_seconds'))[0] ?? 0;
    const iso = (zone: string) => new Date(at(zone) * 1000).toISOString();
    expect(iso('Europe/Berlin')).toBe('2026-03-28T23:00:00.000Z');
    expect(iso('Asia/Tokyo')).toBe('2026-03-28T15:00:00.000Z');
    expect(iso('America/New_York')).toBe('2026-03-29T04:00:00.000Z');
  });

  it('tells nothing of an edition where none is live', () => {
    expect(after({ live: null })('daybreak_edition_as_of_timestamp_seconds')).toEqual({});
  });

  it('tells rows and what was set aside, of each source', () => {
    expect(after({})('daybreak_source_rows')).toEqual({
      'pipeline=shop source=orders': 90,
      'pipeline=shop source=users': 5,
    });
    expect(after({})('daybreak_source_quarantined_rows')).toMatchObject({ 'pipeline=shop source=orders': 10 });
  });

  it('counts verdicts, also those that nobody got', () => {
    expect(after({})('daybreak_checks')).toEqual({
      'outcome=pass pipeline=shop': 2,
      'outcome=warn pipeline=shop': 1,
      'outcome=fail pipeline=shop': 0,
      'outcome=error pipeline=shop': 0,
    });
    expect(after({ checks: [] })('daybreak_checks')).toEqual({});
  });
});

test('the watch tells when it looked, how much time is left, and what is open', () => {
  const { meter, values } = rememberingMeter();
  const told = metrics(meter);
  told.watchLooked('shop', { now: NOW, slackSeconds: -60, open: { routine: 0, degraded: 2, critical: 1 } });
  told.watchLooked('nobody-waits', { now: NOW, slackSeconds: null, open: { routine: 0, degraded: 0, critical: 0 } });
  expect(values('daybreak_deadline_slack_seconds')).toEqual({ 'pipeline=shop': -60 });
  expect(values('daybreak_watch_looked_timestamp_seconds')).toHaveProperty(['pipeline=nobody-waits']);
  expect(values('daybreak_incidents_open')).toMatchObject({
    'pipeline=shop severity=critical': 1,
    'pipeline=shop severity=degraded': 2,
    'pipeline=nobody-waits severity=critical': 0,
  });
});

test('messages are counted by channel and by what came of them; those that wait are told', () => {
  const { meter, values } = rememberingMeter();
  const told = metrics(meter);
  told.messageTried('shop', 'pager', 'failed');
  told.messageTried('shop', 'pager', 'failed');
  told.messageTried('shop', 'pager', 'sent');
  told.undelivered('shop', 'pager', 2);
  told.undelivered('shop', 'pager', 0);
  expect(values('daybreak_messages_total')).toEqual({
    'channel=pager outcome=failed pipeline=shop': 2,
    'channel=pager outcome=sent pipeline=shop': 1,
  });
  expect(values('daybreak_messages_undelivered')).toEqual({ 'channel=pager pipeline=shop': 0 });
});

describe('a step', () => {
  const run = async (info: object, work: () => Promise<unknown>, input: string) => {
    const { meter, values } = rememberingMeter();
    const environment = new MockActivityEnvironment(info, { logger: new DefaultLogger('ERROR') });
    Object.defineProperty(environment.context, 'metricMeter', { value: meter });
    await environment.run(measured(work), input).catch(() => undefined);
    return values;
  };
  const STEP = 'pipeline=shop step=extract_orders';
  const info = { activityType: 'extract_orders', attempt: 1 };

  it('tells how long it took, under the pipeline of its plan', async () => {
    const values = await run(info, async () => 'done', 'plans/shop/some-run');
    expect(values('daybreak_step_duration_seconds')).toHaveProperty([STEP]);
    expect(values('daybreak_step_retries_total')).toEqual({});
  });

  it('tells each attempt after the first, and no duration of one that failed', async () => {
    const fails = async () => await Promise.reject(new Error('no'));
    const values = await run({ ...info, attempt: 3 }, fails, 'plans/shop/some-run');
    expect(values('daybreak_step_retries_total')).toEqual({ [STEP]: 1 });
    expect(values('daybreak_step_duration_seconds')).toEqual({});
  });

  it('that plans has the pipeline that it found', async () => {
    const values = await run(
      { activityType: 'planRun', attempt: 1 },
      async () => ({ pipeline: 'shop' }),
      '[object Object]',
    );
    expect(values('daybreak_step_duration_seconds')).toHaveProperty(['pipeline=shop step=planRun']);
  });
});

test('names are by the conventions: units and kinds at their end, labels in snake case', () => {
  for (const { name, kind, labels, help } of Object.values(METRICS)) {
    expect(name).toMatch(/^daybreak_[a-z]+(_[a-z]+)*$/);
    expect(name.endsWith('_total')).toBe(kind === 'counter');
    if (/duration|slack|timestamp/.test(name)) expect(name).toMatch(/_seconds$/);
    for (const label of labels) expect(label).toMatch(/^[a-z]+$/);
    expect(labels.length).toBeLessThanOrEqual(3);
    expect(help).toMatch(/\.$/);
    expect(meterName({ name, kind, labels, help })).not.toMatch(/_total$/);
  }
});
