/** A declaration with another block of sources, and else as it was. */
import { DaybreakError } from '../../domain/failure';

const BLOCK = /^sources:\n(?:(?: .*)?\n)*/m;

/** Both are YAML; the block may have comments before and between. */
export function withSources(declaration: string, block: string): string {
  const [sources] = BLOCK.exec(`${block}\n`) ?? [];
  if (sources === undefined || !BLOCK.test(declaration))
    throw new DaybreakError('Bug', { what: 'there is no block of sources to exchange' });
  return declaration.replace(BLOCK, () => `${sources.trimEnd()}\n\n`);
}
