/** How Parquet is written. */

/** What only the next models read is read whole: filters in it cost time and help nobody. */
export const INTERMEDIATE = '(FORMAT parquet, COMPRESSION snappy, WRITE_BLOOM_FILTER false)';
/** Read for long, and by others. */
export const PUBLISHED = '(FORMAT parquet, COMPRESSION zstd)';
