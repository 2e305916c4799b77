/** `notify` of a declaration: every mistake at its place, and nothing that is secret in it. */
import { parseDeclaration } from '../../../src/adapters/definition/declaration';
import { validatePipeline } from '../../../src/adapters/definition/validate';
import { formatProblem } from '../../../src/domain/failure';
import { removeTemporaryFolders } from '../../dev/temporary';
import { folderOf } from '../../workflows/folders';

const HEAD = 'name: shop\nzone: UTC\nsources: {n: {type: csv, path: n.csv, columns: {id: BIGINT}}}\n';
const problems = (notify: string) => parseDeclaration(`${HEAD}notify:\n${notify}`, {}, {}).problems.map(formatProblem);

afterAll(removeTemporaryFolders);

test('mistakes have their places', () => {
  expect(
    problems(`  channels:
    Ops: { type: log }
    hook: { type: webhok, url: "\${env:HOOK}" }
    team: { type: slack, token: "\${env:TOKEN}" }
    ring: { type: pagerduty, routing_key: "\${env:KEY}", url: "http://example.com" }
    mail: { type: email, server: "\${env:MAIL}", from: nobody, to: [] }
`),
  ).toEqual([
    'pipeline.yaml:6:5 notify.channels.Ops: expected lower-case letters, digits, _ and -, starting with a letter',
    expect.stringMatching(
      /^pipeline.yaml:7:19 notify.channels.hook.type: expected log, webhook, .*did you mean webhook\?$/,
    ),
    'pipeline.yaml:8:11 notify.channels.team: expected "webhook", or "token" and "channel"',
    'pipeline.yaml:9:62 notify.channels.ring.url: expected an https:// URL, got "http://example.com"',
    expect.stringMatching(/^pipeline.yaml:10:55 notify.channels.mail.from: expected an e-mail address, got "nobody"$/),
    expect.stringMatching(/^pipeline.yaml:10:67 notify.channels.mail.to: expected at least one, got \[\]/),
  ]);
});

test('routes, a digest and insights name channels that are there, and that are for them', () => {
  expect(
    problems(`  channels:
    ring: { type: pagerduty, routing_key: "\${env:KEY}" }
  routes:
    - { severity: [critical], to: [rnig], otherwise: [log], escalate: [{ after: 10m, to: [boss] }] }
  digest_to: [log, ring]
  insights:
    - { owner: buying, to: [ring] }
`),
  ).toEqual([
    expect.stringMatching(
      /^pipeline.yaml:8:36 notify.routes.0.to.0: expected one of the channels ring, log, got "rnig"$/,
    ),
    expect.stringMatching(/^pipeline.yaml:8:91 notify.routes.0.escalate.0.to.0: expected one of the channels/),
    expect.stringMatching(
      /^pipeline.yaml:11:29 notify.insights.0.to.0: PagerDuty rings people, and this is to be read/,
    ),
    expect.stringMatching(/^pipeline.yaml:9:20 notify.digest_to.1: PagerDuty rings people, and this is to be read/),
  ]);
});

test('a secret that stands where its name should is not repeated', () => {
  const told = problems(`  channels:
    team: { type: slack, webhook: "https://hooks.slack.com/services/T1/B2/s3cr3t" }
    mail: { type: email, server: "smtps://me:s3cr3t@host", from: a@b.example, to: [c@d.example] }
  heartbeat_url: https://hc.example.com/s3cr3t
`);
  expect(told).toHaveLength(3);
  for (const text of told) {
    expect(text).toMatch(/^pipeline.yaml:\d+:\d+ notify.*: expected \$\{env:NAME\}/);
    expect(text).not.toContain('s3cr3t');
  }
});

/** Of a folder that is good but for what it warns of. */
async function warnings(declared: string, environment: Readonly<Record<string, string>> = {}): Promise<string[]> {
  const folder = folderOf({
    'pipeline.yaml': `${HEAD}${declared}`,
    'models/all_n.sql': '-- publish: true\nSELECT id FROM n\n',
    'n.csv': 'id\n1\n',
  });
  const found = await validatePipeline(folder, { base: '/', parameters: {}, environment });
  expect(found.problems).toEqual([]);
  expect(found.pipeline).toBeDefined();
  return found.warnings.map(formatProblem);
}

test('a variable that is not set here is a warning, and stops nothing', async () => {
  const declared = `notify:
  channels:
    team: { type: slack, token: "\${env:NIGHT_TOKEN}", channel: C1 }
    hook: { type: webhook, url: "\${env:NIGHT_HOOK}", secret: "\${env:NIGHT_KEY}" }
  routes: [{ to: [team, hook] }]
  heartbeat_url: "\${env:NIGHT_HEARTBEAT}"
`;
  expect(await warnings(declared, { NIGHT_HOOK: 'https://example.com', NIGHT_KEY: ' ' })).toEqual(
    [
      ['6:33', 'channels.team.token', 'NIGHT_TOKEN'],
      ['7:62', 'channels.hook.secret', 'NIGHT_KEY'],
      ['9:18', 'heartbeat_url', 'NIGHT_HEARTBEAT'],
    ].map(
      ([place, path, name]) =>
        `pipeline.yaml:${place} notify.${path}: ${name} is not set here; nothing can be told this way by a worker that lacks it`,
    ),
  );
});

test('a channel that nothing goes to, and a deadline that wakes nobody, are warned of', async () => {
  const silent =
    'pipeline.yaml:4:1 deadline: when data will be late, only the log of a worker says so: no route of notify takes what is critical';
  expect(await warnings('deadline: "07:30"\n')).toEqual([silent]);
  expect(await warnings('notify: { routes: [{ severity: [degraded], to: [log] }] }\n')).toEqual([]);
  const declared = (route: string) => `deadline: "07:30"
owner: data
notify:
  channels:
    a: { type: log }
    b: { type: log }
    c: { type: log }
    d: { type: log }
    e: { type: log }
    spare: { type: log }
  routes:
    - { ${route}, to: [a], otherwise: [b], escalate: [{ after: 10m, to: [c] }] }
  digest_to: [d]
  insights: [{ owner: buying, to: [e] }]
`;
  const spare = 'pipeline.yaml:13:5 notify.channels.spare: nothing goes there: no route names it';
  expect(await warnings(declared('owner: data, hours: 22:00-06:00'))).toEqual([spare]);
  expect(await warnings(declared('owner: sales'))).toEqual([spare, silent]);
  expect(await warnings(declared('severity: [routine]'))).toEqual([spare, silent]);
});

test('a deadline of a window that does not move is warned of', async () => {
  const fixed = 'from: 2026-03-01\nto: 2026-04-01\ndeadline: "07:30"\nnotify: { routes: [{ to: [log] }] }\n';
  expect(await warnings(fixed)).toEqual([
    'pipeline.yaml:6:1 deadline: every night counts as missed, as the window ends on 2026-04-01 for good; take `to` away for data of every day',
  ]);
  expect(await warnings('to: 2026-04-01\nschedule: 0 3 * * *\n')).toEqual([
    expect.stringMatching(/^pipeline.yaml:5:1 schedule: every night counts as missed/),
  ]);
});
