/** Where and when random shops stand: days around which clocks change, months end, or a day never was. */
import fc from 'fast-check';
import { dayNumber, dayText } from '../oracle/days';
import type { Setting } from '../oracle/rows';

const NIGHTS: readonly [zone: string, asOf: string][] = [
  ['Europe/Berlin', '2026-03-29'],
  ['Europe/Berlin', '2026-03-30'],
  ['Europe/Berlin', '2026-04-26'],
  ['Europe/Berlin', '2025-10-27'],
  ['America/New_York', '2026-03-09'],
  ['America/New_York', '2025-11-03'],
  ['America/New_York', '2026-01-01'],
  ['America/Havana', '2025-11-02'], // begins twice
  ['America/Havana', '2025-11-03'],
  ['Atlantic/Azores', '2025-10-27'], // the day before began twice
  ['America/Sao_Paulo', '2018-11-04'], // begins at one in the morning
  ['Asia/Kathmandu', '2024-02-29'],
  ['Asia/Kathmandu', '1986-01-02'], // 15 minutes were left out the day before
  ['Pacific/Apia', '2011-12-31'], // there was no 30th
  ['Pacific/Apia', '2012-02-01'],
  ['Africa/Cairo', '2025-04-25'], // begins at one in the morning
  ['Africa/Cairo', '2025-05-20'],
  ['Africa/Cairo', '2025-11-01'], // the hour before the last midnight came twice
  ['UTC', '2026-12-31'],
];

/** Defaults, and limits that a handful of cheap orders reaches. */
const PARAMETERS: readonly Readonly<Record<string, string>>[] = [
  {
    ...{ vip_value: '1000', vip_orders: '10', regular_value: '500', regular_orders: '5' },
    ...{ occasional_value: '100', occasional_orders: '2', default_lead_time_days: '14' },
  },
  {
    ...{ vip_value: '30', vip_orders: '2', regular_value: '20', regular_orders: '4' },
    ...{ occasional_value: '0.0001', occasional_orders: '3', default_lead_time_days: '1' },
  },
  {
    ...{ vip_value: '0', vip_orders: '0', regular_value: '0', regular_orders: '0' },
    ...{ occasional_value: '0', occasional_orders: '0', default_lead_time_days: '0' },
  },
];

export const settings: fc.Arbitrary<Setting> = fc
  .record({
    night: fc.constantFrom(...NIGHTS),
    days: fc.constantFrom(28, 1, 2, 7, 31, 90),
    currency: fc.constantFrom('EUR', 'EUR', 'USD', 'JPY'),
    ids: fc.constantFrom('BIGINT' as const, 'VARCHAR' as const),
    parameters: fc.constantFrom(...PARAMETERS.slice(0, 2), ...PARAMETERS),
  })
  .map(({ night: [zone, asOf], days, ...rest }) => ({
    ...{ zone, asOf, from: dayText(dayNumber(asOf) - days) },
    ...rest,
  }));
