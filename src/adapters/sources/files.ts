/** What the file sources have in common: their files, the identity of a file, and what a failing file means. */
import { type BigIntStats, rmSync } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import { relative, resolve } from 'node:path';
import type { FileSourceDefinition } from '../../domain/definition';
import { DaybreakError, type FailureKind } from '../../domain/failure';
import type { Session } from '../engines/duckdb/client';
import type { PartPlan, PartTarget } from '../source';
import { expand, splitPattern } from './glob';

export interface FileSourceOptions<Definition> {
  readonly name: string;
  readonly definition: Definition;
  /** The pipeline's folder, absolute. */
  readonly folder: string;
  readonly session: Session;
  /** `SELECT … FROM source`, one row for each record. */
  readonly mapping?: string;
}

export interface Identity {
  readonly size: number;
  readonly mtimeNs: string;
}

/** A file's path as people know it: relative to the pipeline's folder where it is inside. */
export function shown(file: string, folder: string): string {
  const path = relative(folder, file);
  return path === '' || path.startsWith('..') ? file : path;
}

/** What is wrong with where we write, not with what we read. */
const OURS = ['ENOSPC', 'EDQUOT', 'EROFS'];
const KIND_OF_CODE: Record<string, FailureKind> = {
  ENOENT: 'MissingFile',
  EACCES: 'MissingFile',
  EPERM: 'MissingFile',
  EISDIR: 'MissingFile',
};

/** An error of the file system as one of ours; what is one already stays as it is. */
export function fileFailure(error: unknown, where: string): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  if (error instanceof DaybreakError || typeof code !== 'string' || !/^E[A-Z]+$/.test(code)) return error;
  if (OURS.includes(code)) return error;
  return new DaybreakError(
    KIND_OF_CODE[code] ?? 'Transient',
    { where, what: message, next: 'make the file readable for the worker' },
    { cause: error },
  );
}

export async function identity(file: string, where: string): Promise<Identity> {
  let found: BigIntStats;
  try {
    found = await stat(file, { bigint: true });
  } catch (error) {
    throw fileFailure(error, where);
  }
  return { size: Number(found.size), mtimeNs: String(found.mtimeNs) };
}

/** Fails as `SourceChanged` unless the file is still the planned one. */
export async function verifyUnchanged(file: string, planned: Identity, where: string): Promise<void> {
  const now = await identity(file, where).catch((error: unknown) => {
    if (error instanceof DaybreakError && error.kind === 'MissingFile') return undefined;
    throw error;
  });
  if (now?.size === planned.size && now.mtimeNs === planned.mtimeNs) return;
  throw new DaybreakError('SourceChanged', {
    where,
    what:
      now === undefined
        ? 'the file is gone since the run was planned'
        : 'the file changed while the run was reading it',
    expected: `${planned.size} bytes as planned${now === undefined ? '' : `, got ${now.size}`}`,
    next: 'start a new run; deliver files under a temporary name and rename them when they are complete',
  });
}

/** The source's files by name, of those that replace each other the last one; none is a failure unless the source is optional. */
export async function sourceFiles(name: string, definition: FileSourceDefinition, folder: string): Promise<string[]> {
  let files: string[];
  try {
    files = await expand(definition.path, folder);
  } catch (error) {
    throw fileFailure(error, `source ${name}`);
  }
  if (files.length === 0 && !definition.optional) {
    throw new DaybreakError('MissingFile', {
      where: `source ${name}`,
      what: `no file matches ${resolve(folder, definition.path)}`,
      expected: 'at least one file',
      next: 'deliver the file, correct `path` in pipeline.yaml, or declare the source `optional: true`',
    });
  }
  return definition.delivery === 'replace' ? files.slice(-1) : files;
}

/** Folders that the engine itself must be allowed to read. Text is copied to scratch first, so it needs none. */
export async function sourceFolders(definition: FileSourceDefinition, folder: string): Promise<string[]> {
  return definition.type === 'parquet' ? [splitPattern(definition.path, folder).base] : [];
}

/** Runs the reading of a part between two looks at the file's identity; what a failed reading wrote is removed. */
export async function guardedRead<Result>(
  part: PartPlan,
  target: PartTarget,
  where: string,
  work: () => Promise<Result>,
): Promise<Result> {
  await verifyUnchanged(part.file, part, where);
  try {
    await mkdir(target.scratch, { recursive: true });
    const result = await work().catch(async (error: unknown) => {
      // Whatever failed on a file that was exchanged meanwhile failed because of that.
      if (!(error instanceof DOMException)) await verifyUnchanged(part.file, part, where);
      throw error;
    });
    await verifyUnchanged(part.file, part, where);
    return result;
  } catch (error) {
    for (const path of [target.data, target.quarantine]) rmSync(path, { force: true });
    throw fileFailure(error, where);
  }
}
