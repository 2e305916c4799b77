/** Of a pipeline's folder, what is declared of its nights; without an engine, and without its data. */
import type { Definition } from '../../domain/definition';
import { parseDeclaration } from './declaration';
import { withConnections } from './look-tables';
import { badDefinition } from './pipeline';
import { pipelineFolder, readPipeline } from './read';
import { scheduleProblems } from './schedule';

type Environment = Readonly<Record<string, string | undefined>>;
/** What may be set where the worker is, and not here. */
const ELSEWHERE = /^(sources|destination)\b.*is not set in the environment/;

/** Fails as `BadDefinition` with every mistake of the declaration, as no run would start by it. */
export async function readNight(pipeline: string, base: string, environment: Environment): Promise<Definition> {
  const files = await readPipeline(await pipelineFolder(pipeline, base));
  const declaration = parseDeclaration(files.yaml, {}, withConnections(files.yaml, environment));
  const { definition } = declaration;
  const problems = [
    ...declaration.problems,
    ...(definition === undefined ? [] : scheduleProblems(definition, declaration)),
  ];
  const mistakes = problems.filter(({ message }) => !ELSEWHERE.test(message));
  if (definition === undefined || mistakes.length > 0) throw badDefinition(problems);
  return definition;
}
