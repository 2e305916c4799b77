/** What doctor finds of the ways to people that a pipeline declares. */
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkNotify } from '../../src/doctor/notify';
import { removeTemporaryFolders } from '../dev/temporary';
import { type HttpChannel, startHttp } from '../support/channels/http';
import { tinyPipeline } from '../workflows/folders';

let heartbeat: HttpChannel;
beforeAll(async () => {
  heartbeat = await startHttp(() => ({ status: 200 }));
});
afterAll(async () => {
  await heartbeat.stop();
  await removeTemporaryFolders();
});

function declared(notify: string): string {
  const folder = tinyPipeline('told');
  appendFileSync(join(folder, 'pipeline.yaml'), notify);
  return folder;
}
const look = async (folder: string, environment: Record<string, string> = {}) =>
  (await checkNotify(folder, '/', environment)).map(({ check, state, says, next = '' }) => ({
    text: `${check} ${state}: ${says}`,
    next,
  }));

test('channels whose variables are not set are named, one by one', async () => {
  const folder = declared(`notify:
  channels:
    ring: { type: pagerduty, routing_key: "\${env:RING_KEY}" }
    hook: { type: webhook, url: "\${env:HOOK_URL}", secret: "\${env:HOOK_KEY}" }
`);
  expect(await look(folder, { RING_KEY: 'x', HOOK_URL: ' ' })).toEqual([
    {
      text: 'channels warn: hook (webhook) cannot be used here: HOOK_URL, HOOK_KEY not set',
      next: 'set HOOK_URL, HOOK_KEY where workers start; then `daybreak alerts test`',
    },
    { text: 'channels good: 1 of 2 have what they need; `daybreak alerts test` tries them out', next: '' },
  ]);
  expect(await look(tinyPipeline('silent'))).toEqual([]);
});

test('the URL of a dead man’s switch is called once, and what comes of it is told without its address', async () => {
  const folder = declared('notify: { heartbeat_url: "${env:BEAT_URL}" }\n');
  const there = { BEAT_URL: `${heartbeat.url}/secret-path` };
  expect(await look(folder, there)).toEqual([
    { text: 'heartbeat good: ${env:BEAT_URL} was called, and took it', next: '' },
  ]);
  expect(heartbeat.requests.map(({ path }) => path)).toEqual(['/secret-path']);
  heartbeat.answerWith({ status: 503 }, { status: 404 });
  const [down] = await look(folder, there);
  expect(down?.text).toMatch(/^heartbeat bad: channel heartbeat_url: .*503/);
  expect(down?.next).toBe('see whether its service is there; ${env:BEAT_URL} says where');
  const [gone] = await look(folder, there);
  expect(gone?.text).toMatch(/^heartbeat bad: .*404/);
  expect(JSON.stringify([down, gone])).not.toContain('secret-path');
  expect((await look(folder))[0]).toEqual({
    text: 'heartbeat bad: channel heartbeat_url: BEAT_URL is not set in the environment',
    next: expect.stringContaining('set BEAT_URL'),
  });
});
