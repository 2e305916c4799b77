/**
 * What of a declaration is sound. A piece with a mistake is cut out of the document, or something harmless stands in its
 * place, so that the rest can be looked at; what follows from that is told by nobody.
 */
import { type Definition, definitionSchema } from '../../domain/definition';
import { type PlacedIssue, placedIssues } from './issues';

export interface LeftOut {
  /** Sources of which nobody knows what they are. */
  readonly tables: ReadonlySet<string>;
  readonly parameters: ReadonlySet<string>;
  /** Sources with any mistake but in their checks: their files cannot be judged. */
  readonly doubtful: ReadonlySet<string>;
}

export interface Sound {
  /** Absent where too little is left. */
  readonly definition: Definition | undefined;
  readonly issues: readonly PlacedIssue[];
  readonly leftOut: LeftOut;
}

/** Checks keep their numbers. */
const SOME_CHECK = { type: 'sql', name: 'left out', sql: 'SELECT 1 WHERE false' };
const SOME_SOURCE = { type: 'csv', path: 'left out', columns: { left_out: 'VARCHAR' } };
const SOME_VALUES: Readonly<Record<string, unknown>> = { name: 'left-out', zone: 'UTC' };
/** Without one of these, nobody knows which table it is. */
const DECIDING = ['type', 'columns', 'mapping'];

/** Mistakes uncover others: a rule about two keys is only asked where each is right. */
const MOST_ROUNDS = 5;

type Node = Record<PropertyKey, unknown>;
const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null;

function cutter(document: Node) {
  const [tables, parameters, doubtful] = [new Set<string>(), new Set<string>(), new Set<string>()];
  const cutCheck = (node: Node, index: PropertyKey | undefined) => {
    if (index === undefined || !isNode(node.checks)) delete node.checks;
    else node.checks[index] = SOME_CHECK;
  };
  const cutSource = (sources: Node, [name = '', key, index]: readonly PropertyKey[], atKey: boolean) => {
    const source = sources[name];
    if (key === 'checks' && isNode(source)) return cutCheck(source, index);
    doubtful.add(String(name));
    if (key !== undefined && !DECIDING.includes(String(key)) && isNode(source)) {
      if (key === 'path') source.path = SOME_SOURCE.path;
      else delete source[key];
      return;
    }
    tables.add(String(name));
    // The name itself: SQL does not tell how it was written.
    if (key === undefined && atKey) tables.add(String(name).toLowerCase());
    if (key === undefined && atKey) delete sources[name];
    else sources[name] = { ...SOME_SOURCE, ...(isNode(source) && 'checks' in source ? { checks: source.checks } : {}) };
  };
  /** Whether anything is left. */
  const cut = ({ path: [key, ...rest], atKey = false }: PlacedIssue): boolean => {
    if (key === undefined) return false;
    const node = document[key];
    if (key === 'sources') {
      if (rest.length === 0 || !isNode(node)) return false;
      cutSource(node, rest, atKey);
      return Object.keys(node).length > 0;
    }
    if (key === 'checks') cutCheck(document, rest[0]);
    else if (key === 'parameters' && rest[0] !== undefined && isNode(node)) {
      parameters.add(String(rest[0]));
      delete node[rest[0]];
    } else if (Object.hasOwn(SOME_VALUES, key)) document[key] = SOME_VALUES[String(key)];
    else delete document[key];
    return true;
  };
  return { cut, leftOut: { tables, parameters, doubtful } };
}

/** Parses a document, of which some mistakes are `known` already. `keys` are the words a mistyped key may have meant. */
export function soundPart(document: unknown, known: readonly PlacedIssue[], keys: readonly string[]): Sound {
  const rest = structuredClone(document);
  const { cut, leftOut } = cutter(isNode(rest) ? rest : {});
  const issues: PlacedIssue[] = [];
  const told = new Set(known.map(({ path }) => path.join('.')));
  let open = known;
  for (let round = 0; round < MOST_ROUNDS; round++) {
    // The known ones first show what else is wrong with the whole.
    const parsed = definitionSchema.safeParse(rest);
    const found = parsed.success ? [] : placedIssues(parsed.error, rest, keys);
    issues.push(...found.filter(({ path }) => !told.has(path.join('.'))));
    open = [...open, ...found];
    if (open.length === 0) return { definition: parsed.data, issues, leftOut };
    if (!open.map(cut).every(Boolean)) break;
    open = [];
  }
  return { definition: undefined, issues, leftOut };
}
