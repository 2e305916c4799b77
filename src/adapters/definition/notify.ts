/** Ways to people that are declared, and do not lead to anybody. A run goes on all the same, so each is a warning. */
import type { Definition } from '../../domain/definition';
import { ENVIRONMENT_REFERENCE, variableOf } from '../../domain/environment';
import type { Problem } from '../../domain/failure';
import { channelsNamed, type Notify } from '../../domain/watch/definition';
import { isFor } from '../../domain/watch/routes';
import { type Declaration, inDeclaration } from './declaration';

type Environment = Readonly<Record<string, string | undefined>>;

/** Variables that are referred to, and not set here. */
function unset(declaration: Declaration, environment: Environment): Problem[] {
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

/** Channels that nothing goes to. */
function unused(declaration: Declaration, notify: Notify): Problem[] {
  const used = new Set(channelsNamed(notify).map(({ name }) => name));
  return Object.keys(notify.channels)
    .filter((name) => !used.has(name))
    .map((name) =>
      inDeclaration(
        declaration,
        ['notify', 'channels', name],
        { message: 'nothing goes there: no route names it' },
        true,
      ),
    );
}

/** A deadline, and nobody to wake for it. */
function unheard(declaration: Declaration, { deadline, owner, notify }: Definition): Problem[] {
  const isHeard = notify?.routes.some((route) => isFor(route, 'critical', owner ?? null)) === true;
  if (deadline === undefined || isHeard) return [];
  const message = 'when data will be late, only the log of a worker says so: no route of notify takes what is critical';
  return [inDeclaration(declaration, ['deadline'], { message }, true)];
}

/** Nights whose data never come: the window does not move. */
function unmoved(declaration: Declaration, { deadline, schedule, to }: Definition): Problem[] {
  if (to === undefined) return [];
  const message = `every night counts as missed, as the window ends on ${to} for good; take \`to\` away for data of every day`;
  const declared = [...(schedule === undefined ? [] : ['schedule']), ...(deadline === undefined ? [] : ['deadline'])];
  return declared.map((key) => inDeclaration(declaration, [key], { message }, true));
}

export function notifyWarnings(declaration: Declaration, environment: Environment): Problem[] {
  const { definition } = declaration;
  if (definition === undefined) return [];
  const { notify } = definition;
  return [
    ...unset(declaration, environment),
    ...(notify === undefined ? [] : unused(declaration, notify)),
    ...unheard(declaration, definition),
    ...unmoved(declaration, definition),
  ];
}
