/** `daybreak alerts test`, in this process, through channels that stand beside it. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { alertsTestCommand } from '../../src/cli/alerts';
import { removeTemporaryFolders, temporaryFolder } from '../dev/temporary';
import { MAIL_PASSWORD, SLACK_CHANNEL, SLACK_TOKEN, startMail, startPagerDuty, startSlack } from '../support/channels';
import { commandsInProcess } from '../support/in-process';

const started: { stop(): Promise<void> }[] = [];
const printed = commandsInProcess();

afterEach(async () => await Promise.all(started.splice(0).map(async (server) => await server.stop())));
afterAll(removeTemporaryFolders);

/** Works in a folder with this declaration alone: its models and data do not matter. */
function workIn(notify: string, environment: Readonly<Record<string, string>> = {}): void {
  const folder = join(temporaryFolder(), 'shop');
  mkdirSync(folder);
  const head = 'name: shop\nzone: UTC\nowner: data\nsources: {n: {type: csv, path: n.csv, columns: {id: BIGINT}}}\n';
  writeFileSync(join(folder, 'pipeline.yaml'), `${head}${notify}`);
  process.chdir(folder);
  process.env = { ...process.env, ...environment };
}

test('each channel gets each severity, and what came back is told', async () => {
  const [slack, pagerDuty, mail] = [await startSlack(), await startPagerDuty(), await startMail()];
  started.push(slack, pagerDuty, mail);
  workIn(
    `notify:
  channels:
    team: { type: slack, token: "\${env:SLACK_TOKEN}", channel: ${SLACK_CHANNEL}, url: "${slack.url}" }
    ring: { type: pagerduty, routing_key: "\${env:PAGERDUTY_KEY}", url: "${pagerDuty.url}" }
    mail: { type: email, server: "\${env:SMTP_URL}", from: daybreak@shop.example, to: [night@shop.example] }
`,
    { SLACK_TOKEN, PAGERDUTY_KEY: 'k'.repeat(32), SMTP_URL: mail.url },
  );
  expect(await alertsTestCommand(undefined, { color: false })).toBe(0);
  expect(printed.stdout).toContain('ring     pagerduty  critical  202 Accepted, trigger; 202 Accepted, resolve');
  expect(printed.stdout).toContain('mail     email      routine   250 OK: queued as 1A2B3C');
  expect(printed.stderr).toContain('log: [TEST CRITICAL] shop: this is how critical looks');
  expect(slack.messages.map(({ payload }) => payload.text?.slice(0, 40))).toEqual(
    ['ROUTINE', 'DEGRADED', 'CRITICAL'].map((word) => expect.stringMatching(`^\\[TEST ${word}\\] shop: this is how`)),
  );
  // Who is on call was rung, and nothing stays open.
  expect(pagerDuty.alerts.map(({ state, severity }) => [state, severity])).toEqual([
    ['resolved', 'info'],
    ['resolved', 'warning'],
    ['resolved', 'critical'],
  ]);
  expect(mail.received).toHaveLength(3);
  expect([...slack.problems, ...pagerDuty.problems, ...mail.problems]).toEqual([]);

  printed.stdout = '';
  mail.answerAlways({ code: 550, text: `no ${MAIL_PASSWORD}` });
  expect(await alertsTestCommand(undefined, { channel: 'mail', json: true })).toBe(1);
  const { pipeline, answers } = JSON.parse(printed.stdout) as { pipeline: string; answers: object[] };
  expect(pipeline).toBe('shop');
  expect(answers).toHaveLength(3);
  expect(answers[0]).toEqual({
    ...{ channel: 'mail', type: 'email', severity: 'routine', answer: null },
    error: expect.stringMatching(/^channel mail: the mail server answered 550 no \*\*\*\nnext: /),
  });
});

test('a channel that fails is told with what to do, and the others get theirs', async () => {
  workIn('notify: { channels: { team: { type: slack, webhook: "${env:NIGHT_NOWHERE}" } } }\n');
  expect(await alertsTestCommand(undefined, { color: false })).toBe(1);
  expect(printed.stdout).toMatch(/log {6}log {4}critical {2}logged/);
  expect(printed.stdout).toContain('team     slack  routine   failed');
  expect(printed.stdout.match(/NIGHT_NOWHERE is not set/g)).toHaveLength(1);
});

test('a channel that is not declared, and a declaration with mistakes', async () => {
  workIn('');
  expect(await alertsTestCommand(undefined, { color: false })).toBe(0);
  expect(printed.stderr).toContain('shop declares no channel');
  const missing = alertsTestCommand(undefined, { channel: 'ops' });
  await expect(missing).rejects.toMatchObject({ kind: 'BadRequest', text: { expected: 'log' } });
  workIn('notify: { channels: { ops: { type: slak } } }\nwindow: nonsense\n');
  const broken = alertsTestCommand(undefined, {});
  await expect(broken).rejects.toThrow(/one mistake in the pipeline\n {2}pipeline.yaml:5:36 notify.channels.ops.type/);
});
