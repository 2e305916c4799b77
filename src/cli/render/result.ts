/** The end of a run in words, and its exit code. */
import { dirname } from 'node:path';
import type { Outcome, RunResult } from '../../domain/run';
import { counted, type Output, printable, thousands } from '../output';

export const EXIT = { ok: 0, failed: 1, different: 1, usage: 2, gate: 3, unreachable: 4, interrupted: 130 } as const;

const EXIT_OF: Record<Outcome, number> = {
  published: EXIT.ok,
  kept: EXIT.ok,
  unchanged: EXIT.ok,
  duplicate: EXIT.ok,
  blocked: EXIT.gate,
  failed: EXIT.failed,
  cancelled: EXIT.interrupted,
};

/** A mistake in the request or the definition is usage, not a failed night. */
export function exitCodeOf(result: RunResult): number {
  const kind = result.failure?.kind;
  return kind === 'BadRequest' || kind === 'BadDefinition' ? EXIT.usage : EXIT_OF[result.outcome];
}

const HEADLINE: Record<Outcome, string> = {
  published: 'published',
  kept: 'kept: a newer edition is live',
  unchanged: 'unchanged: the live edition is this already',
  duplicate: 'duplicate: another run is at the same window',
  blocked: 'blocked by a gate: the live edition is untouched',
  failed: 'failed: the live edition is untouched',
  cancelled: 'cancelled: the live edition is untouched',
};

/** Each step with its rows and seconds. */
function stepLines({ sources, models }: RunResult): string[] {
  const line = (name: string, rows: number, how: string) =>
    `  ${name.padEnd(34)} ${thousands(rows).padStart(12)} rows  ${how}`;
  return [
    ...sources.map(({ name, rows, seconds, parts, resumedParts }) =>
      line(`extract_${name}`, rows, parts > 0 && resumedParts === parts ? 'reused' : `${seconds.toFixed(2)} s`),
    ),
    ...models.map(({ name, rows, seconds, reused, followed, whole }) => {
      const how =
        followed === undefined
          ? whole === undefined
            ? ''
            : `, made whole: ${whole}`
          : `, ${counted(followed, 'row')} computed`;
      return line(`transform_${name}`, rows, reused ? 'reused' : `${seconds.toFixed(2)} s${how}`);
    }),
  ];
}

/** Databases by how it is known that nothing before their cut is still to come. */
function cuts({ sources }: RunResult): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const { name, cut, cutBy } of sources) {
    if (cut === null || cutBy === undefined) continue;
    found.set(cutBy, [...(found.get(cutBy) ?? []), name]);
  }
  return found;
}

/** With `steps` also what each step did, for those who did not see it go by. */
export function resultText(result: RunResult, output: Output, steps = false): string {
  const { paint } = output;
  const code = exitCodeOf(result);
  const tint = code === 0 ? paint.green : code === EXIT.gate ? paint.yellow : paint.red;
  const lines = [
    `${paint.bold(tint(HEADLINE[result.outcome]))}  ${result.outcome === 'blocked' ? '' : `${result.edition ?? ''}  `}${paint.dim(`${result.seconds.toFixed(2)} s`)}`,
  ];
  if (result.outcome === 'blocked' && result.edition !== null) lines.push(`  candidate ${result.edition}`);
  if (result.window !== null) lines.push(`  window    ${result.window.from} to ${result.window.to}`);
  if (result.live !== null && result.live !== result.edition) lines.push(`  live      ${result.live}`);
  if (result.duplicateOf !== undefined) lines.push(`  at it     ${result.duplicateOf.workflowId}`);
  const quarantined = result.sources.reduce((sum, source) => sum + source.quarantined, 0);
  const rows = result.sources.reduce((sum, source) => sum + source.rows, 0);
  if (result.sources.length > 0)
    lines.push(
      `  read      ${thousands(rows)} rows of ${counted(result.sources.length, 'source')}, ${thousands(quarantined)} quarantined`,
    );
  for (const [cutBy, names] of cuts(result)) lines.push(`  cut       ${names.join(', ')}: by ${cutBy}`);
  const { parts, lost, duplicated } = result.resumed;
  if (parts > 0)
    lines.push(
      `  resumed   ${thousands(result.resumed.rows)} records in ${counted(parts, 'part')} were there already; ${lost} lost, ${duplicated} duplicated`,
    );
  if (result.checks.length > 0) {
    const of = (outcome: string) => result.checks.filter((check) => check.outcome === outcome).length;
    lines.push(
      `  checks    ${of('pass')} passed, ${of('warn')} warned, ${of('fail')} failed, ${of('error')} could not be measured`,
    );
  }
  for (const check of result.checks.filter(({ outcome }) => outcome !== 'pass')) {
    lines.push(
      `            ${check.outcome === 'warn' ? paint.yellow('!') : paint.red('✖')} ${check.subject}: ${check.name}: ${check.observed}; expected ${check.expected}`,
    );
    if (check.evidence !== undefined)
      lines.push(
        paint.dim(`              failing rows: daybreak status ${result.workflowId} --evidence ${check.evidence}`),
      );
  }
  if (steps) lines.push(...stepLines(result));
  // A candidate's are where the store keeps them, which is nobody's business.
  const tables = result.outcome === 'blocked' ? [] : result.tables;
  for (const { name, rows } of tables) lines.push(`  ${name.padEnd(34)} ${thousands(rows).padStart(12)} rows`);
  const [first] = tables;
  if (first !== undefined) lines.push(`  files     ${paint.dim(dirname(first.uri))}`);
  if (result.report !== undefined)
    lines.push(
      'uri' in result.report
        ? `  report    ${paint.dim(result.report.uri)}`
        : `  report    ${paint.yellow(`was not made: ${printable(result.report.problem)}`)}; \`daybreak report ${result.edition ?? ''}\` makes it`,
    );
  if (result.failure !== undefined)
    lines.push(`  ${paint.red(result.failure.step)} ${printable(result.failure.message)}`);
  if (result.skipped !== undefined) lines.push(`  skipped   ${result.skipped.join(', ')}`);
  return lines.join('\n');
}
