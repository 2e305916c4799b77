import { notifierOf } from '../../../src/adapters/notifiers';
import { type NotifierFixture, notifierContract, sendTo } from '../../contracts/notifier';
import { incidentMessage } from '../../support/channels/messages';

interface Line {
  readonly level: 'warn' | 'error';
  readonly line: string;
  readonly alert: Readonly<Record<string, unknown>>;
}

async function fixture(): Promise<NotifierFixture & { readonly lines: readonly Line[] }> {
  const lines: Line[] = [];
  const keep = (level: Line['level']) => (fields: object, line: string) =>
    void lines.push({ level, line, alert: (fields as { alert: Line['alert'] }).alert });
  const log = { warn: keep('warn'), error: keep('error') };
  return {
    ...{ lines, environment: {}, secrets: [] },
    notifier: () => notifierOf('night', { type: 'log' }, {}, log),
    texts: () => lines.map(({ line, alert }) => `${line}\n${String(alert.text)}`),
    problems: () => lines.filter(({ line }) => /[\r\n]/.test(line)).map(({ line }) => line),
    close: async () => undefined,
  };
}

notifierContract('the log', fixture, false);

test('the log has one line a message, by its severity', async () => {
  const at = await fixture();
  for (const severity of ['routine', 'degraded', 'critical'] as const)
    expect(await sendTo(at.notifier(), incidentMessage({ severity, thread: 'one' }), { attempt: 2 })).toEqual({
      answer: 'logged',
    });
  expect(at.lines.map(({ level }) => level)).toEqual(['warn', 'warn', 'error']);
  expect(at.lines[2]?.alert).toMatchObject({
    ...{ channel: 'night', thread: 'one', event: 'opened', severity: 'critical', pipeline: 'corner-shop', attempt: 2 },
  });
});
