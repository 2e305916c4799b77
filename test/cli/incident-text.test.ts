/** What `daybreak incidents` prints; no server, no process. */
import { createOutput } from '../../src/cli/output';
import { answeredText, incidentText, listText } from '../../src/cli/render/incidents';
import type { IncidentListed } from '../../src/client';

const output = createOutput({ color: false }, {});
const listed = (more: Partial<IncidentListed> = {}): IncidentListed => ({
  ...{ id: 'aa11', workflowId: 'q-incident-aa11', pipeline: 'shop', status: 'open', severity: 'critical' },
  ...{ title: 'shop 2026-11-26: it\u0007 failed', openedAt: '2026-11-26T02:10:00.000Z', resolvedAt: null },
  ...{ nights: ['2026-11-26'], owner: null, command: 'daybreak why a' },
  ...more,
});

test('nothing is open, or nothing ever was', () => {
  expect(listText([], false, output)).toContain('no incident is open; `daybreak incidents --all`');
  expect(listText([], true, output)).toBe('no incident, ever');
});

test('the list names the first open one to look at, and none where all are over', () => {
  const text = listText([listed(), listed({ id: 'bb22', status: 'resolved', title: 'x'.repeat(200) })], true, output);
  expect(text).toContain('aa11      critical  open      2026-11-26T02:10:00Z  shop 2026-11-26: it� failed');
  expect(text).toMatch(/x{99}…\n/);
  expect(text).toMatch(/next: `daybreak incidents aa11` says/);
  expect(listText([listed({ status: 'ended' })], true, output)).not.toContain('next:');
});

test('without a worker it says what the server knows, and what brings the rest', () => {
  const text = incidentText({ ...listed(), whole: null }, output);
  expect(text).toContain('CRITICAL  shop 2026-11-26: it� failed\n  incident aa11, open, since 2026-11-26T02:10:00Z');
  expect(text).toContain('Do next  daybreak why a');
  expect(text).toContain('`daybreak worker --only watch`');
  expect(incidentText({ ...listed({ status: 'resolved' }), whole: null }, output)).not.toContain('Do next');
});

test('an answer is confirmed with who gave it', () => {
  expect(answeredText({ id: 'aa11', status: 'snoozed' }, { who: 'sarah', why: 'asleep', for: '2h' })).toBe(
    'aa11 is quiet for 2h (sarah: asleep)',
  );
});
