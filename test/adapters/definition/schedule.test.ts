/** The declared nights: what Temporal would not take as it is meant, and where they leave no room. */
import { parseDeclaration } from '../../../src/adapters/definition/declaration';
import { firstStartOn, scheduleProblems, scheduleWarnings } from '../../../src/adapters/definition/schedule';

const NOW = new Date('2026-11-26T10:00:00Z');

/** By a declaration whose schedule begins on line 5. */
function looked(night: string, now = NOW, zone = 'Europe/Berlin') {
  const declaration = parseDeclaration(
    `name: shop\nzone: ${zone}\nsources:\n  a: { type: csv, path: a.csv, columns: { a: BIGINT } }\n${night}\n`,
    {},
    {},
  );
  const { definition, problems } = declaration;
  if (definition === undefined || problems.length > 0) throw new Error(JSON.stringify(problems));
  const told = (all: { line?: number; column?: number; message: string }[]) =>
    all.map(({ line, column, message }) => `${line}:${column} ${message}`);
  return {
    problems: told(scheduleProblems(definition, declaration)),
    warnings: told(scheduleWarnings(definition, declaration, now)),
  };
}

test.each([
  '0 3 * * *',
  '*/15 3-5 * * mon-fri',
  '5/20 0,12 1-7 jan-mar,DEC 0',
  '0 3 29 2 *',
  '0 3 * * 7',
  '0 03 * * *',
])('%s is understood', (cron) => expect(looked(`schedule: "${cron}"`).problems).toEqual([]));

const FIVE = 'expected five fields such as 0 3 * * *: minute, hour, day of month, month, day of week';
test.each([
  ['0 3 * *', `5:11 schedule: ${FIVE}, got "0 3 * *"`],
  ['0 0 3 * * *', `5:11 schedule: ${FIVE}, got "0 0 3 * * *"`],
  ['@daily', `5:11 schedule: ${FIVE}, got "@daily"`],
  ['0 3 L * *', `5:11 schedule: ${FIVE}, got "0 3 L * *"`],
  ['0 3 * * mon#2', `5:11 schedule: ${FIVE}, got "0 3 * * mon#2"`],
  ['61 3 * * *', `5:11 schedule: ${FIVE}, got "61 3 * * *": Invalid value for minute: 61`],
  ['0 22-4 * * *', `5:11 schedule: ${FIVE}, got "0 22-4 * * *": From value is larger than to value: '22-4'`],
  ['0 3 31 2 *', '5:11 schedule: expected times that come, but "0 3 31 2 *" never does'],
  [
    'CRON_TZ=Asia/Tokyo 0 3 * * *',
    `5:11 schedule: ${FIVE}, got "CRON_TZ=Asia/Tokyo 0 3 * * *"; the hours are those of the pipeline's zone`,
  ],
  [
    '0 3 * * 1-7',
    '5:11 schedule: expected Sunday as 0 in "0 3 * * 1-7": Temporal leaves it out of a range that ends with 7',
  ],
])('%s is a mistake, and nothing else is told of it', (cron, message) => {
  expect(looked(`schedule: "${cron}"\ndeadline: "07:30"`)).toEqual({ problems: [message], warnings: [] });
});

test('a mistake in the long form is at its cron expression', () => {
  const { problems } = looked('schedule:\n  overlap: skip\n  cron: "0 24 * * *"');
  expect(problems).toEqual([`7:9 schedule: ${FIVE}, got "0 24 * * *": Invalid value for hour: 24`]);
});

test('an hour that clocks leave out or show twice is warned of, with the day', () => {
  expect(looked('schedule: 30 2 * * *').warnings).toEqual([
    '5:11 schedule: clocks in Europe/Berlin leave 02:30 out on 2027-03-28: nothing starts then; choose an hour that is always there',
    '5:11 schedule: clocks in Europe/Berlin show 02:30 twice on 2027-10-31: Temporal starts once, twice or not at all; choose an hour that comes once',
  ]);
  // One of two times; on other days of the week nothing is amiss.
  expect(looked('schedule: 0 1,2 * * *').warnings).toHaveLength(2);
  expect(looked('schedule: 0 2 * * mon-sat').warnings).toEqual([]);
  // Both days must fit, as Temporal has it.
  expect(looked('schedule: 0 2 1 * sun').warnings).toEqual([]);
  expect(looked('schedule: 30 1 * * *').warnings).toEqual([]);
  expect(looked('schedule: 0 3 * * *').warnings).toEqual([]);
  expect(looked('schedule: 30 1 * * *', NOW, 'America/New_York').warnings).toHaveLength(1);
  expect(looked('schedule: 0 2 * * *', NOW, 'Asia/Kolkata').warnings).toEqual([]);
  // Every hour: the next one comes anyway.
  expect(looked('schedule: 0 * * * *').warnings).toEqual([]);
});

test('a deadline that no start is for is warned of', () => {
  const warned = (night: string) => looked(night).warnings;
  expect(warned('schedule: 0 3 * * mon\ndeadline: "07:30 mon-fri"')).toEqual([
    expect.stringMatching(
      /^6:11 deadline: nothing starts for that of \w{3} 07:30: the night counts as missed, and rings; /,
    ),
  ]);
  expect(warned('schedule: 0 3 * * mon-fri\ndeadline: "07:30"')).toEqual([
    expect.stringMatching(/nothing starts for that of (Sat|Sun) 07:30/),
  ]);
  for (const night of [
    'schedule: 0 3 * * mon-fri\ndeadline: "07:30 mon-fri"',
    'schedule: 0 22 * * sun-thu\ndeadline: "07:30 mon-fri"',
    'schedule: 0 3,15 * * *\ndeadline: "07:30"',
    'schedule: 30 * * * *\ndeadline: "07:30 sat"',
  ])
    expect(warned(night)).toEqual([]);
});

test('a start with less than repair_time before the deadline is warned of', () => {
  const warned = (night: string) => looked(night).warnings;
  expect(warned('schedule: 15 7 * * *\ndeadline: "07:30"')).toEqual([
    '6:11 deadline: 07:30 is 15 minutes after the start at Sat 07:15, less than repair_time 30m: nobody could mend that night in time',
  ]);
  expect(warned('schedule: 0 7 * * *\ndeadline: "07:30"')).toEqual([]);
  expect(warned('schedule: 0 7 * * *\ndeadline: "07:30"\nrepair_time: 31m')).toHaveLength(1);
  // After the deadline of the day: it has the time until the next one.
  expect(warned('schedule: 0 8 * * *\ndeadline: "07:30"')).toEqual([]);
  // The first of many starts counts, also when the night has begun.
  expect(warned('schedule: 0 * * * *\ndeadline: "07:10"')).toEqual([]);
  expect(looked('schedule: 0 * * * *\ndeadline: "07:10"', new Date('2026-11-27T05:30:00Z')).warnings).toEqual([]);
  // Only on one day of the week.
  expect(warned('schedule: 0 3,7 * * *\ndeadline: "07:10"')).toEqual([]);
  expect(warned('schedule: 0 7 * * mon\ndeadline: "07:10 mon-fri"')).toContainEqual(
    expect.stringContaining('at Mon 07:00'),
  );
});

test.each([
  ['0 3,15 * * *', '2026-11-26', '2026-11-26T02:00:00.000Z'],
  ['30 22 * * mon-fri', '2026-11-26', '2026-11-26T21:30:00.000Z'],
  ['30 22 * * mon-fri', '2026-11-28', undefined],
  // Clocks leave it out.
  ['30 2 * * *', '2026-03-29', undefined],
])('the first start of %s on %s', (cron, day, expected) => {
  const schedule = { cron, overlap: 'skip', catch_up: '6h', jitter: undefined } as const;
  expect(firstStartOn({ schedule, zone: 'Europe/Berlin' }, day)?.toISOString()).toBe(expected);
  expect(firstStartOn({ schedule: undefined, zone: 'Europe/Berlin' }, day)).toBeNull();
});
