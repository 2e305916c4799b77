/** What is still worth sending. */
import { type Parcel, withoutOutdated } from '../../../src/domain/watch/mail';
import type { IncidentEvent, Message } from '../../../src/domain/watch/message';

let serial = 0;
const parcel = (event: IncidentEvent, failure: string | null = null, channel = 'ring', thread = 'one'): Parcel => {
  serial += 1;
  const message: Message = {
    ...{ id: `m${serial}`, kind: 'incident', thread, event, severity: 'critical', pipeline: 'shop', title: event },
    ...{ sections: [], links: [], at: '2026-11-26T06:40:00.000Z' },
  };
  return { message, channel, otherwise: [], since: message.at, failure };
};
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
])('%s', (_, parcels, expected) => {
  expect(events(withoutOutdated(parcels))).toEqual(expected);
});
