/**
 * JSON files, one object a line or one array of objects. Node proves each record and writes its values as plain CSV,
 * which the engine reads with declared types; no number becomes a float on the way.
 */
import { open } from 'node:fs/promises';
import type { JsonSourceDefinition } from '../../domain/definition';
import { byteCount } from '../../domain/window';
import type { Source } from '../source';
import { BUFFER } from './csv';
import { columnsOf, MAX_RECORD } from './csv/dialect';
import type { FileSourceOptions } from './files';
import { elementCutter, lineCutter } from './json/cutter';
import { planJson } from './json/plan';
import { recordCheck } from './json/record';
import { csvReader, textSource } from './text';
import { pushInPieces } from './text/records';
import { fieldsLine, lineWriter } from './text/slice';

export function jsonSource(options: FileSourceOptions<JsonSourceDefinition>): Source {
  const { name, definition } = options;
  const isArray = definition.type === 'json';
  const columns = columnsOf(name, definition);
  const settings = { isArray, partBytes: byteCount(definition.part) };
  const cutter = isArray ? elementCutter : lineCutter;
  const check = recordCheck({
    columns,
    ignoreUndeclared: definition.undeclared === 'ignore',
    isLine: !isArray,
  });

  return textSource(options, {
    columns,
    encoding: 'utf-8',
    plan: async (file, text, read) => await planJson(file, text, settings, read),
    async copy(chunks, paths, _part, onBytes) {
      const file = await open(paths.part, 'w');
      const lines = await lineWriter(paths.proven);
      let bytes = 0;
      let sound = true;
      let breaks = false;
      const records = cutter((chunk, from, to, _start, length) => {
        if (!sound) return;
        const checked = check(chunk.subarray(from, to), length);
        sound = 'fields' in checked;
        if (!('fields' in checked)) return;
        const line = fieldsLine(checked.fields, columns);
        breaks ||= line.indexOf('\n') < line.length - 1;
        sound = line.length * 3 <= MAX_RECORD || Buffer.byteLength(line) <= MAX_RECORD;
        lines.add(line);
      });
      try {
        for await (const chunk of chunks) {
          onBytes(bytes);
          bytes += chunk.length;
          await file.writeFile(chunk);
          await pushInPieces(records, chunk, lines.flush);
        }
        records.end();
      } finally {
        await lines.close();
        await file.close();
      }
      if (!sound) return { bytes };
      const form = `delim=',', quote='"', escape='"', new_line='\\n', max_line_size=${MAX_RECORD}, buffer_size=${BUFFER}`;
      return { bytes, proven: csvReader(paths.proven, columns, `${form}, parallel=${!breaks}`) };
    },
    cutter,
    check,
  });
}
