/** Sources that read files. */
import type { FileSourceDefinition } from '../../domain/definition';
import type { Source } from '../source';
import { csvSource } from './csv';
import type { FileSourceOptions } from './files';
import { jsonSource } from './json';
import { parquetSource } from './parquet';

export { csvSource } from './csv';
export { type FileSourceOptions, sourceFolders } from './files';
export { jsonSource } from './json';
export { emptySelect } from './output';
export { parquetSource } from './parquet';

export function fileSource(options: FileSourceOptions<FileSourceDefinition>): Source {
  const { definition, ...rest } = options;
  switch (definition.type) {
    case 'csv':
      return csvSource({ ...rest, definition });
    case 'parquet':
      return parquetSource({ ...rest, definition });
    case 'ndjson':
    case 'json':
      return jsonSource({ ...rest, definition });
  }
}
