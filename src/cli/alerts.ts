/** `daybreak alerts`: whether alerts reach people, and which nights would ring. */
import { type AlertsTest, sendTest } from '../alerts';
import { DaybreakError } from '../domain/failure';
import { published } from '../published';
import { anotherStore, openStore, storeText } from '../published/store';
import { contextOf } from './options';
import { type Output, type OutputOptions, printable, textTable } from './output';
import { pipelineOf } from './pipeline';
import { backtestText } from './render/backtest';
import { EXIT } from './render/result';

/** One line an example, then each error once with what to do next. */
function testText({ answers }: AlertsTest, { paint }: Output): string {
  const table = textTable(
    ['channel', 'type', 'example', 'answer'],
    answers.map(({ channel, type, severity, answer }) => [
      ...[channel, type, severity],
      answer ?? { text: 'failed', paint: paint.red },
    ]),
  );
  const errors = new Set(answers.flatMap(({ error }) => (error === null ? [] : [error])));
  return [table, ...[...errors].map((error) => `\n${printable(error)}`)].join('\n');
}

/** Exit 1 when an example did not arrive. */
export async function alertsTestCommand(
  named: string | undefined,
  options: OutputOptions & { channel?: string },
): Promise<number> {
  const { config, output } = contextOf(options);
  const pipeline = await pipelineOf(named, output);
  const line = (_: object, text: string) => output.say(output.paint.dim(`log: ${printable(text)}`));
  const result = await sendTest(config, pipeline, { warn: line, error: line }, options.channel);
  output.answer(result, () => testText(result, output));
  const types = new Set(result.answers.map(({ type }) => type));
  if (options.channel === undefined && types.size === 1 && types.has('log'))
    output.say(`${result.pipeline} declares no channel; docs/alerts.md tells how`);
  return result.answers.every(({ error }) => error === null) ? EXIT.ok : EXIT.failed;
}

/** `--set repair_time=1h` → `{repair_time: "1h"}` */
function changesOf(assignments: readonly string[] = []): Record<string, string> {
  return Object.fromEntries(
    assignments.map((assignment) => {
      const at = assignment.indexOf('=');
      if (at > 0) return [assignment.slice(0, at).trim(), assignment.slice(at + 1).trim()];
      throw new DaybreakError('BadRequest', {
        where: `--set ${assignment}`,
        what: 'the change is not understood',
        expected: 'key=value',
        next: 'write --set repair_time=1h',
      });
    }),
  );
}

export async function alertsBacktestCommand(
  named: string | undefined,
  options: OutputOptions & { set?: readonly string[]; last?: number },
): Promise<number> {
  const { config, output } = contextOf(options);
  const { last } = options;
  const set = changesOf(options.set);
  const pipeline = await pipelineOf(named, output);
  const found = await published(config).backtest({ pipeline, set, ...(last === undefined ? {} : { last }) });
  const { declared, changed } = found.thresholds;
  if (declared.deadline === null && changed.deadline === null)
    output.say(
      output.paint.yellow(
        `${found.pipeline} declares no deadline, so that nothing ever rings: declare one in pipeline.yaml, or try --set deadline=07:30`,
      ),
    );
  const store = await openStore(config.home);
  output.answer(found, () =>
    found.nights.length === 0
      ? `no run of ${found.pipeline} is recorded in ${storeText(store)}; every run is, when it ends; ${anotherStore(store)}`
      : backtestText(found, output),
  );
  return EXIT.ok;
}
