/** How Parquet is written. */

/**
 * What only the next models read is read whole: filters in it cost time and help nobody. Numbers as differences and
 * dictionaries of few values take half the time to write of what is written by default, and are smaller
 * (docs/benchmarks.md).
 */
export const INTERMEDIATE =
  '(FORMAT parquet, COMPRESSION snappy, PARQUET_VERSION v2, DICTIONARY_SIZE_LIMIT 1000, WRITE_BLOOM_FILTER false)';
/** Read for long, and by others. */
export const PUBLISHED = '(FORMAT parquet, COMPRESSION zstd)';
