import { notifySchema } from '../../../src/domain/watch/definition';
import { type Incident, type IncidentInput, newIncident, type Observation } from '../../../src/domain/watch/incident';
import { answerProblem } from '../../../src/domain/watch/incident-answer';
import { incidentStep, messageTold, nextTime } from '../../../src/domain/watch/incident-step';
import type { Severity } from '../../../src/domain/watch/message';
import type { WatchSettings } from '../../../src/domain/watch/settings';

const settings: WatchSettings = {
  pipeline: 'shop',
  zone: 'Europe/Berlin',
  taskQueue: 'q',
  deadline: '07:30',
  repairMs: 2_700_000,
  owner: 'data',
  notify: notifySchema.parse({
    channels: {
      ring: { type: 'pagerduty', routing_key: '${env:KEY}' },
      lead: { type: 'pagerduty', routing_key: '${env:LEAD}' },
      chat: { type: 'slack', webhook: '${env:HOOK}' },
    },
    routes: [
      { to: ['chat'] },
      {
        severity: ['critical'],
        hours: '20:00-08:00',
        to: ['ring'],
        otherwise: ['chat'],
        escalate: [{ after: '15m', to: ['lead'] }],
      },
    ],
  }),
  lookEveryMs: 1000,
  patienceMs: 1000,
  againMs: 1000,
};

const at = (time: string, day = '2026-11-26') => `${day}T${time}:00.000Z`;
const observation = (time: string, severity: Severity, more: Partial<Observation> = {}): Observation => ({
  at: at(time),
  severity,
  cause: { pipeline: 'shop', kind: 'failed', failure: 'ModelFailed', step: 'transform_x', message: 'no' },
  asOf: '2026-11-26',
  title: `transform_x failed`,
  sections: [{ label: 'What happened', text: 'it failed' }],
  command: 'daybreak why run',
  runbook: 'failed',
  links: [],
  ...more,
});
const seen = (time: string, severity: Severity, more: Partial<Observation> = {}): IncidentInput => ({
  kind: 'observed',
  settings,
  observation: observation(time, severity, more),
});

/** Plays inputs; gives the last state and what was told, as `event → channels`. */
function play(...inputs: IncidentInput[]): { incident: Incident; told: string[]; ids: string[] } {
  let incident = newIncident('q-incident-1', settings, observation('01:00', 'routine'));
  const told: string[] = [];
  const ids: string[] = [];
  for (const input of inputs) {
    const stepped = incidentStep(incident, input);
    incident = stepped.incident;
    for (const { message, targets } of stepped.orders) {
      ids.push(message.id);
      told.push(`${message.event} → ${targets.map(({ channel }) => channel).join(', ')}`);
    }
  }
  return { incident, told, ids };
}

const ack: IncidentInput = { kind: 'ack', at: at('02:05'), why: 'looking', who: 'sarah' };
const recovered: IncidentInput = { kind: 'recovered', at: at('05:00'), text: 'edition e is out' };

describe('an incident', () => {
  test('that heals by itself is told to nobody', () => {
    const { told, incident } = play(seen('01:00', 'routine'), recovered);
    expect(told).toEqual([]);
    expect(incident.status).toBe('resolved');
  });

  test('rings once, whatever is seen again, and tells those it rang for that it is over', () => {
    const { told, ids } = play(
      seen('01:00', 'routine'),
      seen('01:30', 'degraded'),
      seen('02:00', 'critical'),
      seen('02:01', 'critical'),
      seen('02:30', 'degraded'),
      seen('02:31', 'critical'),
      recovered,
      recovered,
    );
    expect(told).toEqual(['opened → chat', 'raised → chat, ring', 'resolved → chat, ring']);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('tells at noon that it is over to whom it rang at night', () => {
    const { told } = play(seen('02:00', 'critical'), { kind: 'recovered', at: at('11:00'), text: 'out' });
    expect(told.at(-1)).toBe('resolved → chat, ring');
  });

  test('escalates until somebody answers', () => {
    const time = (when: string): IncidentInput => ({ kind: 'time', at: at(when) });
    expect(play(seen('02:00', 'critical'), time('02:14'), time('02:15'), time('02:16'), time('06:00')).told).toEqual([
      'opened → chat, ring',
      'escalated → lead',
    ]);
    const answered = play(seen('02:00', 'critical'), ack, time('02:15'), time('06:00'));
    expect(answered.told).toEqual(['opened → chat, ring', 'acknowledged → chat, ring']);
    expect(nextTime(answered.incident)).toBeNull();
    expect(nextTime(play(seen('02:00', 'critical')).incident)).toBe(Date.parse(at('02:15')));
  });

  test('counts its escalations from the ring, not from the warning before it', () => {
    const time = (when: string): IncidentInput => ({ kind: 'time', at: at(when) });
    const { told } = play(
      seen('01:00', 'degraded'),
      seen('02:00', 'critical'),
      time('02:00'),
      time('02:14'),
      time('02:15'),
    );
    expect(told).toEqual(['opened → chat', 'raised → chat, ring', 'escalated → lead']);
  });

  test('escalates along the routes that fitted when it was told, and no others', () => {
    const noon = seen('12:00', 'critical');
    expect(play(noon, { kind: 'time', at: at('12:30') }).told).toEqual(['opened → chat']);
    expect(nextTime(play(noon).incident)).toBeNull();
  });

  test('is told once to who would stand in for a channel that is dead', () => {
    const { incident } = play();
    const [order] = incidentStep(incident, seen('02:00', 'critical')).orders;
    expect(order?.targets).toEqual([
      { channel: 'chat', otherwise: [] },
      { channel: 'ring', otherwise: [] },
    ]);
  });

  test('tells who was told in a dead channel’s stead that it is over', () => {
    const { incident } = play(seen('02:00', 'critical'));
    const told = messageTold(incident, at('02:01'), { channel: 'mail' }, { answer: '250 OK' });
    const [over] = incidentStep(told, recovered).orders;
    expect(over?.targets.map(({ channel }) => channel)).toEqual(['chat', 'ring', 'mail']);
    const failed = messageTold(incident, at('02:01'), { channel: 'mail' }, { failure: 'mail: 500', givenUp: true });
    expect(failed.channels).toEqual(['chat', 'ring']);
    expect(failed.timeline.at(-1)).toMatchObject({ what: 'not sent', text: 'mail: 500; given up' });
  });

  test('that was acknowledged rings for the next night that is at risk of it, and not again for this one', () => {
    const next = { at: at('02:00', '2026-11-27'), asOf: '2026-11-27' };
    const { told, incident } = play(
      seen('02:00', 'critical'),
      ack,
      seen('02:40', 'critical'),
      seen('02:00', 'routine', next),
      seen('02:00', 'critical', next),
    );
    expect(told).toEqual(['opened → chat, ring', 'acknowledged → chat, ring', 'raised → chat, ring']);
    expect(incident).toMatchObject({ status: 'open', nights: ['2026-11-26', '2026-11-27'] });
  });

  test('is silent while it is snoozed, and says when that is over', () => {
    const snooze: IncidentInput = { kind: 'snooze', at: at('02:05'), why: 'later', who: 'sarah', until: at('03:05') };
    const { told, incident } = play(seen('02:00', 'critical'), snooze, { kind: 'time', at: at('02:30') });
    expect(told.slice(1)).toEqual(['snoozed → chat, ring']);
    expect(nextTime(incident)).toBe(Date.parse(at('03:05')));
    expect(incidentStep(incident, { kind: 'time', at: at('03:05') }).orders[0]?.message.event).toBe('updated');
  });

  test('of the same cause opens again, as news', () => {
    const again = { at: at('01:00', '2026-11-27'), asOf: '2026-11-27' };
    const { told, incident } = play(seen('02:00', 'critical'), recovered, seen('01:00', 'degraded', again));
    expect(told.slice(1)).toEqual(['resolved → chat, ring', 'reopened → chat']);
    expect(incident).toMatchObject({ status: 'open', severity: 'degraded', resolvedAt: null });
  });

  test('keeps what happened, also of years', () => {
    const { incident } = play(...Array.from({ length: 400 }, () => seen('02:00', 'routine')));
    expect(incident.timeline.length).toBeLessThanOrEqual(200);
    expect(incident.timeline[0]?.what).toBe('opened');
  });

  test.each<[unknown, string | undefined]>([
    [{ why: 'looking' }, undefined],
    [{ why: ' ' }, 'a reason is missing'],
    ['looking', 'a reason is missing'],
    [null, 'a reason is missing'],
    [{ why: 'x', who: 3 }, 'a name'],
    [{ why: 'x', for: 'soon' }, '30m or 2h'],
  ])('an answer is looked at: %j', (answer, problem) => {
    const found = answerProblem({ status: 'open' }, 'snooze', answer);
    if (problem === undefined) expect(found).toBeUndefined();
    else expect(found).toContain(problem);
  });

  test('that is resolved takes no answer', () => {
    expect(answerProblem({ status: 'resolved' }, 'ack', { why: 'x' })).toContain('resolved already');
  });
});

test('what rings says how to answer; what does not, and what is answered, does not', () => {
  const answers = (...inputs: IncidentInput[]) => {
    let incident = newIncident('q-incident-0a1b2c', settings, observation('01:00', 'routine'));
    return inputs.flatMap((input) => {
      const stepped = incidentStep(incident, input);
      incident = stepped.incident;
      return stepped.orders.map(({ message }) =>
        message.sections.some(({ text }) => text.includes('incidents ack 0a1b2c')),
      );
    });
  };
  expect(answers(seen('02:00', 'degraded'), seen('02:10', 'critical'), ack)).toEqual([false, true, false]);
});

describe('who answers', () => {
  const later = { at: at('02:00', '2026-11-27'), asOf: '2026-11-27' };

  test('and is to be woken again, is woken by a ring of its own', () => {
    let incident = newIncident('q-incident-1', settings, observation('01:00', 'routine'));
    const rings = [seen('02:00', 'critical'), ack, seen('02:00', 'critical', later), recovered].flatMap((input) => {
      const stepped = incidentStep(incident, input);
      incident = stepped.incident;
      return stepped.orders.map(({ message }) => [message.event, message.ring ?? 0]);
    });
    expect(rings).toEqual([
      ['opened', 0],
      ['acknowledged', 0],
      ['raised', 1],
      ['resolved', 1],
    ]);
  });

  test('that a day is over, hears no more of that day', () => {
    const over: IncidentInput = { kind: 'resolve', at: at('02:05'), why: 'nobody needs it', who: 'sarah' };
    const { told } = play(seen('02:00', 'degraded'), over, seen('06:50', 'critical'), seen('02:00', 'critical', later));
    expect(told).toEqual(['opened → chat', 'resolved → chat', 'reopened → chat, ring']);
  });

  test('tells those who were told, and nobody whose hours have come since', () => {
    const morning: IncidentInput = { kind: 'ack', at: at('08:30'), why: 'looking', who: 'sarah' };
    expect(play(seen('02:00', 'critical'), morning).told.at(-1)).toBe('acknowledged → chat, ring');
    expect(play(seen('09:00', 'degraded'), { ...morning, at: at('21:00') }).told.at(-1)).toBe('acknowledged → chat');
  });
});

test('what rings outside the hours of every route rings all the same', () => {
  const routes = settings.notify.routes.filter(({ to }) => to.includes('ring'));
  const nights = { ...settings, notify: { ...settings.notify, routes } };
  const input: IncidentInput = { kind: 'observed', settings: nights, observation: observation('12:00', 'critical') };
  const { orders } = incidentStep(newIncident('q-incident-1', nights, observation('12:00', 'critical')), input);
  expect(orders.flatMap(({ targets }) => targets.map(({ channel }) => channel))).toEqual(['ring']);
});

test('a cause that turns into another is told to who was told of the first', () => {
  const other = { cause: { ...observation('01:00', 'critical').cause, kind: 'late' as const, step: 'run' } };
  expect(play(seen('02:00', 'critical', other), seen('02:10', 'critical')).told).toEqual([
    'opened → chat, ring',
    'updated → chat, ring',
  ]);
});
