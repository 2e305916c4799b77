/** What deploy/ holds is what the code makes, and Prometheus understands it. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { parse, stringify } from 'yaml';
import { alerts, RUNBOOK_ANCHORS } from '../../scripts/deploy/alerts';
import { deployFiles } from '../../scripts/deploy/files';
import { METRICS } from '../../src/domain/metrics';
import { SEVERITIES } from '../../src/domain/watch/message';
import { removeTemporaryFolders, temporaryFolder } from '../dev/temporary';
import { promtool } from '../support/prometheus';

// A busy machine takes its time.
jest.setTimeout(120_000);
afterAll(removeTemporaryFolders);

const folder = resolve(__dirname, '..', '..', 'deploy');
const TESTS = ['prometheus/rules.test.yml', 'prometheus/rules.days.test.yml'];
const files = deployFiles();
const dashboard = JSON.parse(files['grafana/dashboards/daybreak.json'] ?? '') as {
  readonly uid: string;
  readonly panels: readonly {
    readonly title: string;
    readonly type: string;
    readonly description?: string;
    readonly targets?: readonly { readonly expr: string }[];
  }[];
};
const panels = dashboard.panels.filter(({ type }) => type !== 'row');
const expressions = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));

test('deploy/ is as it is made from code: npm run deploy', () => {
  const there = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)));
  expect(there.sort()).toEqual([...Object.keys(files), ...TESTS].sort());
  for (const [path, text] of Object.entries(files)) expect(readFileSync(join(folder, path), 'utf8')).toBe(text);
});

test('docs/monitoring.md has every metric with its kind and labels, and every alert with its severity', () => {
  const docs = readFileSync(resolve(folder, '..', 'docs', 'monitoring.md'), 'utf8');
  for (const { name, kind, labels } of Object.values(METRICS))
    expect(docs).toContain(`| \`${name}\` | ${kind} | ${labels.join(', ')} |`);
  for (const { name, severity } of alerts()) {
    const row = docs.split('\n').find((line) => line.startsWith('|') && line.includes(`\`${name}\``));
    expect(row).toContain(`| ${severity} |`);
  }
});

describe('alerts', () => {
  const all = alerts();

  it.each(all)('$name says what it is about, how much it matters, and where to read on', (alert) => {
    expect(SEVERITIES).toContain(alert.severity);
    expect(alert.summary).not.toMatch(/\.$/);
    expect(alert.description).toMatch(/\.$/);
    expect(files['prometheus/rules.yml']).toContain(`- alert: ${alert.name}\n`);
  });

  it('have paragraphs of their own in the runbook', () => {
    expect(new Set(RUNBOOK_ANCHORS).size).toBe(all.length);
    for (const anchor of RUNBOOK_ANCHORS) {
      expect(anchor).toMatch(/^[a-z]+(-[a-z]+)*$/);
      expect(files['prometheus/rules.yml']).toContain(`runbook_url: docs/runbook.md#${anchor}\n`);
    }
  });

  it('are each seen to ring, and to keep still, by a test for promtool', () => {
    interface Case {
      readonly alertname: string;
      readonly exp_alerts: readonly unknown[];
    }
    interface Tests {
      readonly tests: readonly { readonly alert_rule_test: readonly Case[] }[];
    }
    const cases = TESTS.flatMap((path) => (parse(readFileSync(join(folder, path), 'utf8')) as Tests).tests).flatMap(
      ({ alert_rule_test: some }) => some,
    );
    const names = (which: (one: Case) => boolean) => new Set(cases.filter(which).map(({ alertname }) => alertname));
    const expected = new Set(all.map(({ name }) => name));
    expect(names(({ exp_alerts: ring }) => ring.length > 0)).toEqual(expected);
    expect(names(({ exp_alerts: ring }) => ring.length === 0)).toEqual(expected);
  });

  it('ring as their tests say', async () => {
    expect(await promtool('check', 'config', join(folder, 'prometheus', 'prometheus.yml'))).toContain('SUCCESS');
    expect(await promtool('test', 'rules', ...TESTS.map((path) => join(folder, path)))).toContain('SUCCESS');
  });
});

describe('the dashboard', () => {
  it('shows every metric of ours, and asks for none that there is not', () => {
    const names = Object.values(METRICS).map(({ name }) => name);
    const asked = new Set(
      expressions.flatMap((expr) => expr.match(/daybreak_\w+/g) ?? []).map((name) => name.replace(/_bucket$/, '')),
    );
    expect([...asked].sort()).toEqual(names.toSorted());
  });

  it('says of each panel what it shows', () => {
    expect(dashboard.uid).toBe('daybreak');
    expect(new Set(panels.map(({ title }) => title)).size).toBe(panels.length);
    for (const { description, targets } of panels) {
      expect(description).toMatch(/\.$/);
      expect(targets?.length).toBeGreaterThan(0);
    }
  });

  it('asks what Prometheus understands', async () => {
    const file = join(temporaryFolder(), 'dashboard.yml');
    const rules = expressions.map((expr, index) => ({
      record: `panel:${index}`,
      expr: expr.replaceAll('$pipeline', '.*'),
    }));
    writeFileSync(file, stringify({ groups: [{ name: 'dashboard', rules }] }));
    expect(await promtool('check', 'rules', file)).toContain(`${expressions.length} rules found`);
  });
});
