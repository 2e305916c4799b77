/** Sources that read files. */
import type { SourceDefinition } from '../../domain/definition';
import type { Source } from '../source';
import { csvSource, type FileSourceOptions } from './csv';
import { parquetSource } from './parquet';

export { csvSource, type FileSourceOptions } from './csv';
export { sourceFolders } from './files';
export { emptySelect } from './output';
export { parquetSource } from './parquet';

export function fileSource(options: FileSourceOptions<SourceDefinition>): Source {
  const { definition, ...rest } = options;
  return definition.type === 'csv' ? csvSource({ ...rest, definition }) : parquetSource({ ...rest, definition });
}
