/** `daybreak doctor`: what is wrong with this installation, and how to mend it. */
import { loadWhatIsRight } from '../config';
import { examine, type Finding } from '../doctor';
import { createOutput, type Output, type OutputOptions, printable } from './output';
import { worksInPipeline } from './pipeline';
import { EXIT } from './render/result';

const NAME_WIDTH = 20;

export function doctorText(findings: readonly Finding[], { paint }: Output): string {
  const marks = { good: paint.green('✔'), warn: paint.yellow('!'), bad: paint.red('✖') };
  const lines = findings.flatMap(({ check, state, says, next }) => [
    `${marks[state]} ${check.padEnd(NAME_WIDTH)} ${printable(says)}`,
    ...(next === undefined ? [] : [`  ${''.padEnd(NAME_WIDTH)} ${paint.dim(`next: ${printable(next)}`)}`]),
  ]);
  const of = (state: Finding['state']) => findings.filter((finding) => finding.state === state).length;
  const [wrong, doubtful] = [of('bad'), of('warn')];
  const verdict =
    wrong > 0
      ? paint.red(`${wrong} to mend${doubtful > 0 ? `, ${doubtful} to look at` : ''}`)
      : paint.green(doubtful > 0 ? `all good, ${doubtful} to look at` : 'all good');
  return [...lines, '', verdict].join('\n');
}

export async function doctorCommand(options: OutputOptions & { readonly pipeline?: string }): Promise<number> {
  // Not contextOf: an environment that is not understood is one of the things that are looked at.
  const output = createOutput(options, loadWhatIsRight().config.environment);
  const named = options.pipeline ?? (worksInPipeline() ? '.' : undefined);
  const checks = await examine(undefined, named === undefined ? undefined : { named, base: process.cwd() });
  const isGood = checks.every(({ state }) => state !== 'bad');
  output.answer({ good: isGood, checks }, () => doctorText(checks, output));
  return isGood ? EXIT.ok : EXIT.failed;
}
