/** `daybreak sample`: the sample shop, of any size, with defects on request. */
import { resolve } from 'node:path';
import { DaybreakError } from '../domain/failure';
import { isDay } from '../domain/parameters';
import { isZone, localDay } from '../domain/window';
import { DEFECTS, type Defect, type DefectName, makeSample } from '../sample';
import { contextOf } from './options';
import { type OutputOptions, textTable, thousands } from './output';
import { EXIT } from './render/result';

interface Options extends OutputOptions {
  readonly lines: number;
  readonly seed: number;
  readonly until?: string;
  readonly zone: string;
  readonly defect?: readonly string[];
}

function defectOf(text: string): Defect {
  const [name = '', magnitude] = text.split('=');
  if (!DEFECTS.includes(name as DefectName)) {
    throw new DaybreakError('BadRequest', {
      where: `--defect ${text}`,
      what: `there is no defect ${name}`,
      expected: DEFECTS.join(', '),
      next: 'write --defect orphans=0.02',
    });
  }
  return { name: name as DefectName, magnitude: magnitude === undefined ? 0.01 : Number(magnitude) };
}

export async function sampleCommand(folder: string, options: Options): Promise<number> {
  const { output } = contextOf(options);
  if (!isZone(options.zone))
    throw new DaybreakError('BadRequest', {
      where: `--zone ${options.zone}`,
      what: 'there is no such time zone',
      expected: 'an IANA time zone such as Europe/Berlin',
      next: 'correct --zone',
    });
  const until = options.until ?? localDay(new Date(), options.zone);
  if (!isDay(until))
    throw new DaybreakError('BadRequest', {
      where: `--until ${until}`,
      what: 'that is no day',
      expected: 'a day such as 2026-11-24',
      next: 'correct --until',
    });
  const summary = await makeSample({
    folder: resolve(folder),
    seed: options.seed,
    lines: options.lines,
    until,
    zone: options.zone,
    defects: (options.defect ?? []).map(defectOf),
  }).catch((error: unknown) => {
    if (!(error instanceof RangeError)) throw error;
    throw new DaybreakError(
      'BadRequest',
      { what: error.message, next: 'see `daybreak sample --help`' },
      { cause: error },
    );
  });
  const { orders, lines, users, products } = summary;
  output.answer(summary, () =>
    textTable(
      ['', summary.made ? 'made' : 'was there'],
      Object.entries({ orders, lines, users, products }).map(([name, count]) => [name, thousands(count)]),
      [1],
    ),
  );
  return EXIT.ok;
}
