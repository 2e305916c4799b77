/**
 * CSV files. A part is proven while it is copied: the engine finds nothing in it that it could misread, and reads the
 * copy itself.
 */
import type { CsvSourceDefinition } from '../../domain/definition';
import { literal } from '../../domain/sql';
import { byteCount } from '../../domain/window';
import type { PartPlan, Source } from '../source';
import { copySlice, type Slice } from './csv/copy';
import { cutter } from './csv/cutter';
import { columnsOf, dialectOf, MAX_RECORD } from './csv/dialect';
import { planCsv } from './csv/plan';
import { prover } from './csv/proof';
import { checkRecord } from './csv/strict';
import type { FileSourceOptions } from './files';
import { csvReader, textSource } from './text';

/** The engine's threads take a buffer each; with its own default a part would be one thread's work. */
export const BUFFER = 8_000_000;

export function csvSource(options: FileSourceOptions<CsvSourceDefinition>): Source {
  const { name, definition } = options;
  const dialect = dialectOf(name, definition);
  const columns = columnsOf(name, definition);
  const settings = {
    dialect,
    columns: columns.map((column) => column.name),
    header: definition.header,
    partBytes: byteCount(definition.part),
  };
  let makeProof: ReturnType<typeof prover> | undefined;

  function provenSlice(path: string, slice: Slice, part: PartPlan): string {
    // Where quotes contain line breaks, readers that begin in the middle could take them for ends of records.
    const parallel = !slice.quotes || slice.lines <= part.records;
    const delimiter = literal(definition.delimiter);
    const quoting = `quote=${literal(definition.quote)}, escape=${literal(definition.escape ?? definition.quote)}`;
    return csvReader(
      path,
      columns,
      `delim=${delimiter}, ${quoting}, max_line_size=${MAX_RECORD}, buffer_size=${BUFFER}, new_line='${slice.proven === 'LF' ? '\\n' : '\\r\\n'}', parallel=${parallel}`,
    );
  }

  return textSource(options, {
    columns,
    encoding: definition.encoding,
    plan: async (file, text, read) => await planCsv(file, text(), settings, read),
    async copy(chunks, { part: path }, part, onBytes) {
      makeProof ??= prover(
        columns.map(({ type }) => type),
        dialect,
      );
      const slice = await copySlice(chunks, path, makeProof(), dialect, onBytes);
      const { bytes } = slice;
      return slice.proven === undefined ? { bytes } : { bytes, proven: provenSlice(path, slice, part) };
    },
    cutter: (onRecord) => cutter(dialect, onRecord),
    check: (record, length) => checkRecord(record, length, columns, dialect),
  });
}
