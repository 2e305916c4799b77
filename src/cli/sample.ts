/** `daybreak sample`: the sample shop, of any size, as one or as nightly deliveries, with defects on request. */
import { resolve } from 'node:path';
import { noSuch } from '../adapters/definition/issues';
import { DaybreakError } from '../domain/failure';
import { isDay } from '../domain/parameters';
import { isZone, localDay } from '../domain/window';
import { DEFECT_NAMES, DEFECTS, type Defect, type DefectName, FORMATS, type Format, makeSample } from '../sample';
import { contextOf } from './options';
import { type OutputOptions, textTable, thousands } from './output';
import { EXIT } from './render/result';

interface Options extends OutputOptions {
  readonly lines: number;
  readonly seed: number;
  readonly until?: string;
  readonly zone: string;
  readonly format: string;
  readonly days?: number;
  readonly defect?: readonly string[];
}

/** `orphans:0.1` */
function defectOf(text: string): Defect {
  const [name = '', magnitude, ...more] = text.split(':');
  const where = `--defect ${text}`;
  if (!DEFECT_NAMES.includes(name as DefectName))
    throw new DaybreakError('BadRequest', {
      where,
      what: noSuch('defect', name, DEFECT_NAMES),
      expected: `one of ${DEFECT_NAMES.join(', ')}`,
      next: 'write --defect NAME or --defect NAME:MAGNITUDE, such as --defect orphans:0.1',
    });
  if (magnitude === undefined) return { name: name as DefectName };
  if (more.length > 0 || !/^\d+(\.\d+)?$/.test(magnitude))
    throw new DaybreakError('BadRequest', {
      where,
      what: `its magnitude is no number`,
      expected: DEFECTS[name as DefectName].of === 'days' ? 'days, such as 3' : 'a share, such as 0.1',
      next: `write --defect ${name} for the usual one`,
    });
  return { name: name as DefectName, magnitude: Number(magnitude) };
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
  if (!FORMATS.includes(options.format as Format))
    throw new DaybreakError('BadRequest', {
      where: `--format ${options.format}`,
      what: noSuch('format', options.format, FORMATS),
      expected: FORMATS.join(', '),
      next: 'correct --format',
    });
  const summary = await makeSample({
    folder: resolve(folder),
    seed: options.seed,
    lines: options.lines,
    until,
    zone: options.zone,
    format: options.format as Format,
    ...(options.days === undefined ? {} : { days: options.days }),
    defects: (options.defect ?? []).map(defectOf),
  }).catch((error: unknown) => {
    if (!(error instanceof RangeError)) throw error;
    throw new DaybreakError(
      'BadRequest',
      { what: error.message, next: 'see `daybreak sample --help`' },
      { cause: error },
    );
  });
  const { orders, lines, users, products, deliveries } = summary;
  output.answer(summary, () =>
    textTable(
      ['', summary.made ? 'made' : 'was there'],
      Object.entries({ orders, lines, users, products, deliveries }).map(([name, count]) => [name, thousands(count)]),
      [1],
    ),
  );
  return EXIT.ok;
}
