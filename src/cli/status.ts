/** `daybreak status`: recent runs, or one. */
import type { ProgressUpdate, RunSummary } from '../client';
import type { RunResult } from '../domain/run';
import { timeTexts } from '../domain/watch/time-text';
import { type Evidence, published } from '../published';
import { contextOf } from './options';
import { instantText, type Output, type OutputOptions, textTable, thousands, valueText } from './output';
import { follow } from './render/follow';
import { exitCodeOf, EXIT, resultText } from './render/result';
import { runLine } from './run';
import { openSession, withoutRuns } from './session';

interface Options extends OutputOptions {
  readonly follow?: boolean;
  readonly limit: number;
  readonly evidence?: string;
}

const seconds = (run: RunSummary) =>
  Math.max(0, Math.round(((run.closeTime ?? new Date()).getTime() - run.dueTime.getTime()) / 1000));

function listText(runs: readonly RunSummary[], output: Output): string {
  if (runs.length === 0) return 'no run yet; start one with `daybreak run`';
  const { paint } = output;
  const shown = (run: RunSummary) => {
    const waits = run.status === 'RUNNING' && run.dueTime > new Date();
    const word = waits ? 'waiting' : (run.outcome ?? run.stage ?? run.status.toLowerCase());
    const tint =
      run.status === 'FAILED' || word === 'blocked' ? paint.red : run.status === 'RUNNING' ? paint.cyan : paint.green;
    return { text: word, paint: tint };
  };
  return textTable(
    ['run', 'pipeline', 'is', 'started', 'seconds'],
    runs.map((run) => [
      run.workflowId,
      run.pipeline ?? '',
      shown(run),
      instantText(run.dueTime),
      thousands(seconds(run)),
    ]),
    [4],
  );
}

/** One run that goes on: each step with its state, attempt and last failure. */
function goingText(
  { progress, pending, status, summary }: ProgressUpdate & { readonly summary: RunSummary },
  output: Output,
): string {
  if (summary.dueTime > new Date()) return `${summary.workflowId} is due at ${instantText(summary.dueTime)}`;
  const lines = [
    `${output.paint.bold(summary.workflowId)}  ${progress?.stage ?? status}  ${thousands(seconds(summary))} s`,
    ...(progress?.pipeline ? [`  pipeline  ${progress.pipeline}`] : []),
    ...(progress === null ? [] : timeTexts(progress, Date.now()).map((text) => `  time      ${text}`)),
  ];
  for (const source of progress?.sources ?? [])
    lines.push(
      `  extract_${source.name}  ${source.state}  ${source.rows === undefined ? '' : `${thousands(source.rows)} rows`}`,
    );
  for (const model of progress?.models ?? [])
    lines.push(`  transform_${model.name}  ${model.state}  ${model.reason ?? ''}`);
  for (const { step, attempt, state, lastFailure, beat } of pending) {
    const waits = beat !== null && 'waiting' in beat ? `; ${beat.waiting}` : '';
    lines.push(
      `  now: ${step}, attempt ${attempt}, ${state.toLowerCase()}${waits}${lastFailure === null ? '' : `; last failure: ${lastFailure.split('\n')[0]}`}`,
    );
  }
  if (progress === null)
    lines.push('  no worker answers; what is known comes from the server alone; start one with `daybreak worker`');
  return lines.join('\n');
}

function evidenceText({ name, subject, columns, rows }: Evidence): string {
  const names = columns.map((column) => column.name);
  return `${subject}: ${name}\n${textTable(
    names,
    rows.map((row) => names.map((column) => valueText(row[column]))),
  )}`;
}

export async function statusCommand(run: string | undefined, options: Options): Promise<number> {
  const { config, output } = contextOf(options);
  if (options.evidence !== undefined) {
    const evidence = await published(config).evidence(options.evidence);
    output.answer(evidence, () => evidenceText(evidence));
    return EXIT.ok;
  }
  const none = await withoutRuns(config);
  if (none !== undefined) {
    if (run !== undefined) throw none;
    output.answer([], () => none.message);
    return EXIT.ok;
  }
  const session = await openSession(config, output, { worker: 'none' });
  const { client } = session;
  try {
    const workflowId = run ?? (options.follow === true ? (await client.runs(1))[0]?.workflowId : undefined);
    if (workflowId === undefined) {
      const runs = await client.runs(options.limit);
      output.answer(runs, () => listText(runs, output));
      return EXIT.ok;
    }
    const look = await client.look({ workflowId });
    if (look.status === 'RUNNING' && options.follow !== true) {
      output.answer(look, () => goingText(look, output));
      return EXIT.ok;
    }
    if (look.status === 'RUNNING') {
      const follower = follow(output);
      try {
        for await (const update of client.progress({ workflowId })) follower.update(update);
      } finally {
        follower.stop();
      }
    }
    const result: RunResult = await client.result({ workflowId });
    output.answer(result, () => `${runLine(session, look.summary, output)}\n${resultText(result, output, true)}`);
    // Who waits for the end wants to know which it was; who asks what was, got the answer.
    return options.follow === true ? exitCodeOf(result) : EXIT.ok;
  } finally {
    await session.close();
  }
}
