/** What rings leads to a paragraph, and links between documents lead somewhere. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { RUNBOOK_ANCHORS } from '../scripts/deploy/alerts';
import type { Outcome } from '../src/domain/run';
import type { EditionSummary } from '../src/published';
import type { IncidentStatus } from '../src/domain/watch/incident';
import { TROUBLES } from '../src/domain/watch/cause';

const root = resolve(__dirname, '..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');

/** Paragraphs by their headings. */
function paragraphs(text: string): Map<string, string> {
  const [, ...parts] = text.split(/^## /m);
  return new Map(parts.map((part) => [part.slice(0, part.indexOf('\n')), part.slice(part.indexOf('\n')).trim()]));
}

const runbook = paragraphs(read('docs/runbook.md'));

test('the runbook has a paragraph for each trouble and each alert, and no other', () => {
  const anchors = [...new Set<string>([...TROUBLES, ...RUNBOOK_ANCHORS])];
  expect([...runbook.keys()].toSorted()).toEqual(anchors.toSorted());
});

test.each([...runbook])('%s says what it means, what to look at, what to do and what is safe', (_, text) => {
  for (const part of ['**What it means.**', '**Look at**', '**Do', '**Safe meanwhile:**']) expect(text).toContain(part);
  expect(text.split('\n').length).toBeLessThanOrEqual(12);
});

const names = <T extends string>(all: Record<T, true>) => Object.keys(all);
const [runs, editions, incidents] = read('docs/states.md').split(/^## /m).slice(1) as [string, string, string];

test('each state is in its picture, and what runs and incidents are is explained', () => {
  const outcomes: Record<Outcome, true> = {
    ...{ published: true, kept: true, unchanged: true, duplicate: true },
    ...{ blocked: true, failed: true, cancelled: true },
  };
  const statuses: Record<IncidentStatus, true> = { open: true, acknowledged: true, snoozed: true, resolved: true };
  const kinds: Record<EditionSummary['state'], true> = {
    ...{ live: true, superseded: true, kept: true, blocked: true, unfinished: true },
  };
  const shown = (text: string) => new Set([...text.matchAll(/^ {2}(?:\S+) --> (\w+)/gm)].map(([, state]) => state));
  for (const name of names(outcomes)) expect(shown(runs)).toContain(name);
  for (const name of names(kinds)) expect(shown(editions)).toContain(name);
  for (const name of names(statuses)) expect(shown(incidents)).toContain(name);
  for (const name of names(outcomes)) expect(runs).toContain(`\n| \`${name}\` |`);
  for (const name of names(statuses)) expect(incidents).toContain(`\n| \`${name}\` |`);
});

/** As GitHub makes them. */
const anchorsOf = (text: string) =>
  [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );

const documents = ['README.md', 'CONTRIBUTING.md', ...readdirSync(join(root, 'docs')).map((name) => `docs/${name}`)];

test.each(documents.filter((path) => path.endsWith('.md')))('links of %s lead somewhere', (path) => {
  const broken = [...read(path).matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)/g)].filter(([, file, anchor]) => {
    const target = file === '' ? join(root, path) : join(root, dirname(path), file ?? '');
    if (!existsSync(target)) return true;
    return anchor !== undefined && !anchorsOf(readFileSync(target, 'utf8')).includes(anchor);
  });
  expect(broken.map(([link]) => link)).toEqual([]);
});
