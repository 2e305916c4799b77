/** `daybreak report`: the report of an edition, as a file to look at. */
import { published } from '../published';
import { contextOf } from './options';
import type { OutputOptions } from './output';
import { pipelineOf } from './pipeline';
import { EXIT } from './render/result';

interface Options extends OutputOptions {
  readonly pipeline?: string;
  readonly open?: boolean;
}

/** An opener that fails does so at once. */
const OPENER_MS = 1_500;

/** Shows a file in the browser, or says why not. */
async function openInBrowser(
  path: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<string | undefined> {
  const { DISPLAY, WAYLAND_DISPLAY, WSL_DISTRO_NAME } = environment;
  if (process.platform === 'linux' && !(DISPLAY || WAYLAND_DISPLAY || WSL_DISTRO_NAME)) return 'there is no display';
  const { default: open } = await import('open');
  try {
    const opener = await open(path);
    const code = await new Promise<number | null>((resolve, reject) => {
      opener.once('error', reject);
      opener.once('exit', resolve);
      setTimeout(resolve, OPENER_MS, 0);
    });
    return code === 0 || code === null ? undefined : `what opens files here ended with exit code ${code}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

export async function reportCommand(edition: string | undefined, options: Options): Promise<number> {
  const { config, output } = contextOf(options);
  const report = await published(config).report({
    pipeline: await pipelineOf(options.pipeline, output),
    ...(edition === undefined ? {} : { edition }),
  });
  output.answer(report, () => report.uri);
  if (options.open !== true) return EXIT.ok;
  const problem = await openInBrowser(report.uri, config.environment);
  if (problem !== undefined)
    output.say(output.paint.yellow(`no browser could be opened here: ${problem}; open the file in one yourself`));
  return EXIT.ok;
}
