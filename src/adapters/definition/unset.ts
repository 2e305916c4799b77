/** Variables that a declaration's ways to people refer to, and that are not set here. */
import type { Problem } from '../../domain/failure';
import { ENVIRONMENT_REFERENCE, variableOf } from '../../domain/environment';
import { type Declaration, inDeclaration } from './declaration';

/** A run goes on without them, so each is a warning. */
export function unsetChannels(
  declaration: Declaration,
  environment: Readonly<Record<string, string | undefined>>,
): Problem[] {
  const found: Problem[] = [];
  const look = (node: unknown, path: readonly (string | number)[]): void => {
    if (typeof node === 'string' && ENVIRONMENT_REFERENCE.test(node)) {
      const name = variableOf(node);
      if ((environment[name]?.trim() ?? '') !== '') return;
      const message = `${name} is not set here; nothing can be told this way by a worker that lacks it`;
      found.push(inDeclaration(declaration, path, { message }));
    } else if (Array.isArray(node)) node.forEach((item, index) => look(item, [...path, index]));
    else if (typeof node === 'object' && node !== null)
      for (const [key, value] of Object.entries(node)) look(value, [...path, key]);
  };
  look(declaration.definition?.notify, ['notify']);
  return found;
}
