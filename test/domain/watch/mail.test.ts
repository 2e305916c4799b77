/** What is still worth sending, and to whom. */
import type { Order } from '../../../src/domain/watch/incident';
import { handedOn, type Parcel, withoutOutdated, withPosted } from '../../../src/domain/watch/mail';
import type { IncidentEvent, Message } from '../../../src/domain/watch/message';

const AT = '2026-11-26T06:40:00.000Z';
let serial = 0;
const messageOf = (event: IncidentEvent, thread = 'one'): Message => {
  serial += 1;
  return {
    ...{ id: `m${serial}`, kind: 'incident', thread, event, severity: 'critical', pipeline: 'shop', title: event },
    ...{ sections: [], links: [], at: AT },
  };
};
const parcel = (event: IncidentEvent, failure: string | null = null, channel = 'ring', thread = 'one'): Parcel => ({
  message: messageOf(event, thread),
  ...{ channel, otherwise: [], since: AT, failure },
});
const events = (parcels: readonly Parcel[]) => parcels.map(({ message, channel }) => `${channel} ${message.event}`);

test.each<[string, Parcel[], string[]]>([
  ['all of what is going on', [parcel('opened', 'dead'), parcel('escalated')], ['ring opened', 'ring escalated']],
  [
    'the end only, where nothing got through',
    [parcel('opened', 'dead'), parcel('raised'), parcel('resolved')],
    ['ring resolved'],
  ],
  ['all of it, where nothing failed', [parcel('opened'), parcel('resolved')], ['ring opened', 'ring resolved']],
  [
    'of each channel by itself',
    [parcel('opened', 'dead'), parcel('opened', null, 'chat'), parcel('resolved'), parcel('resolved', null, 'chat')],
    ['chat opened', 'ring resolved', 'chat resolved'],
  ],
  [
    'of each incident by itself',
    [parcel('opened', 'dead'), parcel('opened', 'dead', 'ring', 'two'), parcel('resolved')],
    ['ring opened', 'ring resolved'],
  ],
  [
    'what began again after the end',
    [parcel('opened', 'dead'), parcel('resolved'), parcel('reopened'), parcel('escalated')],
    ['ring resolved', 'ring reopened', 'ring escalated'],
  ],
  [
    'what began again while the end waits',
    [parcel('resolved', 'dead'), parcel('reopened')],
    ['ring resolved', 'ring reopened'],
  ],
  [
    'the last end only',
    [parcel('resolved', 'dead'), parcel('reopened'), parcel('resolved'), parcel('reopened')],
    ['ring resolved', 'ring reopened'],
  ],
])('is sent: %s', (_, parcels, expected) => {
  expect(events(withoutOutdated(parcels, 'ring'))).toEqual(expected);
});

test('what another channel has in hand is left alone', () => {
  const parcels = [parcel('opened', 'dead', 'chat'), parcel('resolved', null, 'chat')];
  expect(withoutOutdated(parcels, 'ring')).toEqual(parcels);
});

const order = (event: IncidentEvent, ...channels: readonly string[]): Order => ({
  message: messageOf(event),
  targets: channels.map((channel) => ({ channel, otherwise: [] })),
});

test.each<[string, Parcel[], Order, string[]]>([
  ['to whom it is for', [], order('opened', 'ring', 'chat'), ['ring opened', 'chat opened']],
  [
    'that it is over to who is still to hear of it in the stead of another',
    [parcel('opened', 'dead'), parcel('opened', null, 'lead')],
    order('resolved', 'ring'),
    ['ring opened', 'lead opened', 'ring resolved', 'lead resolved'],
  ],
  [
    'an escalation to whom it is for only',
    [parcel('opened', 'dead')],
    order('escalated', 'lead'),
    ['ring opened', 'lead escalated'],
  ],
  [
    'no second end',
    [parcel('opened', 'dead', 'lead'), parcel('resolved', null, 'lead')],
    order('resolved', 'ring'),
    ['lead opened', 'lead resolved', 'ring resolved'],
  ],
  [
    'nothing of another incident',
    [parcel('opened', null, 'lead', 'two')],
    order('resolved', 'ring'),
    ['lead opened', 'ring resolved'],
  ],
])('is posted: %s', (_, parcels, posted, expected) => {
  expect(events(withPosted(parcels, posted, AT))).toEqual(expected);
});

const isRing = ({ channel }: Parcel) => channel === 'ring';
const inStead = (otherwise: readonly string[], { channel, ...more }: Parcel): Parcel => ({
  ...more,
  ...{ channel, otherwise },
});

test('all that waits for a dead channel goes to its own others, once', () => {
  const parcels = [
    parcel('opened', 'dead'),
    inStead(['mail'], parcel('raised')),
    inStead(['lead'], parcel('opened', null, 'chat')),
  ];
  const handed = handedOn(parcels, isRing, AT);
  expect(events(handed)).toEqual(['ring opened', 'ring raised', 'chat opened', 'mail raised']);
  expect(handed.map(({ otherwise }) => otherwise)).toEqual([[], [], ['lead'], []]);
  expect(handedOn(handed, isRing, AT)).toEqual(handed);
});

test('who stands in for two channels hears a message once, at whatever time each of them dies', () => {
  const ring = inStead(['chat'], parcel('opened'));
  const lead = inStead(['chat', 'mail'], { ...ring, channel: 'lead' });
  const first = handedOn([ring, lead], isRing, AT);
  expect(events(first)).toEqual(['ring opened', 'lead opened', 'chat opened']);
  const sent = first.filter(({ channel }) => channel !== 'chat');
  expect(events(handedOn(sent, ({ channel }) => channel === 'lead', AT))).toEqual([
    ...['ring opened', 'lead opened', 'mail opened'],
  ]);
  expect(events(handedOn([ring, lead], () => true, AT))).toEqual([
    ...['ring opened', 'lead opened', 'chat opened', 'mail opened'],
  ]);
});

test('what is over meanwhile is told to nobody else, and what began again is', () => {
  const over = [inStead(['lead'], parcel('opened')), parcel('resolved')];
  expect(events(handedOn(over, isRing, AT))).toEqual(['ring opened', 'ring resolved']);
  const again = [...over, inStead(['lead'], parcel('reopened'))];
  expect(events(handedOn(again, isRing, AT)).slice(3)).toEqual(['lead reopened']);
});
