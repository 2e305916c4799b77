/** `daybreak editions` and `daybreak rollback`: what is published, and going back to it. */
import { published } from '../published';
import { asked, nothing } from '../published/lookup';
import { openStore } from '../published/store';
import { contextOf } from './options';
import { instantText, type OutputOptions, textTable, thousands } from './output';
import { pipelineOf } from './pipeline';
import { EXIT } from './render/result';

interface Options extends OutputOptions {
  readonly pipeline?: string;
}

export async function editionsCommand(options: Options): Promise<number> {
  const { config, output } = contextOf(options);
  const pipeline = await pipelineOf(options.pipeline, output);
  const editions = await published(config).editions(pipeline);
  const none = editions.length > 0 ? '' : nothing(await asked(pipeline), await openStore(config.home)).message;
  output.answer(
    editions.map(({ edition, ...more }) => ({ ...edition, ...more })),
    () =>
      editions.length === 0
        ? none
        : textTable(
            ['edition', 'is', 'as of', 'window', 'rows', 'released', 'why'],
            editions.map(({ edition, state, releasedAt, why }) => [
              edition.id,
              {
                text: state,
                paint: { live: output.paint.green, blocked: output.paint.yellow }[state as string] ?? String,
              },
              edition.window.asOf,
              `${edition.window.from} to ${edition.window.to}`,
              thousands(edition.tables.reduce((sum, table) => sum + table.rows, 0)),
              releasedAt === null ? '' : instantText(releasedAt),
              why ?? '',
            ]),
            [4],
          ),
  );
  return EXIT.ok;
}

export async function rollbackCommand(
  edition: string | undefined,
  options: Options & { why: string; reread?: string },
): Promise<number> {
  const { config, output } = contextOf(options);
  const moved = await published(config).rollback({
    pipeline: await pipelineOf(options.pipeline, output),
    ...(edition === undefined ? {} : { edition }),
    why: options.why,
    ...(options.reread === undefined ? {} : { reread: options.reread }),
  });
  const again = options.reread === undefined ? '' : `; the next run reads again what came of ${options.reread} since`;
  output.answer(moved, () => `${moved.live} is live again; before it was ${moved.previous}${again}`);
  return EXIT.ok;
}
