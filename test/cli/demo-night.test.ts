/** `daybreak demo --night`: three nights, the messages that people get of them, and nothing that stays behind. */
import { join } from 'node:path';
import { removeTemporaryFolders, temporaryFolder } from '../dev/temporary';
import { BIN, json, startCli } from '../support/cli';
import { startServer, type TestServer } from '../support/server';

// Its mornings come with the minutes of the clock, and a busy machine takes its time.
const LIMIT_MS = 270_000;
jest.setTimeout(300_000);
/** Its own, so that no other command stops it. */
let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(async () => {
  await server.stop();
  await removeTemporaryFolders();
});

interface Arrived {
  readonly channel: string;
  readonly message: {
    readonly kind: string;
    readonly event?: string;
    readonly pipeline: string;
    readonly severity: string;
    readonly title: string;
    readonly sections: readonly { readonly label: string; readonly text: string }[];
    readonly command?: string;
  };
}

test('one heals, one waits for the morning, one rings; each message says what is safe and what to do', async () => {
  const env = {
    TEMPORAL_ADDRESS: server.address,
    DAYBREAK_HOME: join(temporaryFolder(), 'home'),
    DAYBREAK_TASK_QUEUE: `demo-${process.pid}`,
  };
  const demo = await startCli(['demo', '--night', '--json'], env, BIN, LIMIT_MS).ended;
  if (demo.code !== 0) throw new Error(demo.stderr);
  const { messages } = json(demo) as { messages: readonly Arrived[] };
  const of = (name: string) => messages.filter(({ message }) => message.pipeline === `shop-${name}`);
  const kinds = (name: string) =>
    of(name).map(({ channel, message }) => `${channel}: ${message.event ?? message.kind}`);

  expect(demo.stderr).toContain('the worker ended (SIGKILL), and is started again');
  expect(kinds('monday')).toEqual(['team: digest']);
  expect(of('monday')[0]?.message.sections.map(({ label }) => label)).toEqual([
    'What healed by itself',
    'What is published',
  ]);

  expect(kinds('tuesday')).toEqual(['team: digest']);
  expect(of('tuesday')[0]?.message).toMatchObject({ command: 'daybreak incidents' });
  expect(JSON.stringify(of('tuesday')[0]?.message.sections)).toContain('unique order_id');

  expect(kinds('wednesday')).toEqual(['ring: opened', 'ring: acknowledged', 'ring: resolved']);
  const [rung] = of('wednesday');
  expect(rung?.message.severity).toBe('critical');
  expect(rung?.message.sections.map(({ label }) => label)).toEqual([
    'What happened',
    'What is still safe',
    'What was done by itself',
    'What remains',
    'What helps',
    'To answer',
  ]);
  expect(JSON.stringify(rung?.message.sections)).toContain('The meeting is at risk');
  expect(rung?.message.command).toMatch(/^daybreak why shop-wednesday-/);
});
