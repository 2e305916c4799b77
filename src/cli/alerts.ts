/** `daybreak alerts`: whether alerts reach people. */
import { type AlertsTest, sendTest } from '../alerts';
import { contextOf } from './options';
import { type Output, type OutputOptions, printable, textTable } from './output';
import { pipelineOf } from './pipeline';
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
