import fc from 'fast-check';
import {
  computedFrom,
  CycleError,
  readerCounts,
  runGraph,
  topologicalOrder,
  writtenAncestors,
} from '../../src/domain/graph';

/** Random graphs without a cycle: each node reads only nodes before it. */
const acyclic = fc
  .integer({ min: 1, max: 20 })
  .chain((size) =>
    fc
      .tuple(
        ...Array.from({ length: size }, (_, index) =>
          fc.subarray(Array.from({ length: index }, (__, before) => `m${before}`)),
        ),
      )
      .map((reads) => reads.map((names, index) => ({ name: `m${index}`, reads: ['source', ...names] }))),
  );

describe('the order of models', () => {
  it('puts each after what it reads, whatever order they came in', () => {
    fc.assert(
      fc.property(acyclic, (nodes) => {
        const ordered = topologicalOrder(nodes).map(({ name }) => name);
        expect(ordered).toEqual(topologicalOrder(nodes.toReversed()).map(({ name }) => name));
        for (const node of nodes) {
          for (const read of node.reads.filter((name) => name !== 'source')) {
            expect(ordered.indexOf(read)).toBeLessThan(ordered.indexOf(node.name));
          }
        }
      }),
    );
  });

  it('shows a cycle as it is read', () => {
    const nodes = [
      { name: 'a', reads: ['b'] },
      { name: 'b', reads: ['c'] },
      { name: 'c', reads: ['a'] },
      { name: 'd', reads: ['a'] },
    ];
    expect(() => topologicalOrder(nodes)).toThrow(new CycleError(['a', 'b', 'c', 'a']));
  });

  it('counts readers once each, and looks through views', () => {
    const nodes = new Map([
      ['a', { name: 'a', reads: ['source', 'source'], written: true }],
      ['v', { name: 'v', reads: ['a'], written: false }],
      ['b', { name: 'b', reads: ['v', 'source'], written: true }],
    ]);
    expect(readerCounts([...nodes.values()])).toEqual(
      new Map([
        ['source', 2],
        ['a', 1],
        ['v', 1],
      ]),
    );
    expect(writtenAncestors('b', nodes)).toEqual(['a']);
  });
});

describe('running a graph', () => {
  const node = (name: string, ...after: string[]) => ({ name, after });
  it('skips only what depends on a failure, and finishes the rest', async () => {
    const skipped: string[] = [];
    const results = await runGraph(
      [node('a'), node('b'), node('c', 'a'), node('d', 'b'), node('e', 'c', 'd')],
      ({ name }) => (name === 'a' ? Promise.reject(new Error('broken')) : Promise.resolve(name)),
      ({ name }, because) => skipped.push(`${name} because of ${because}`),
    );
    expect([...results].map(([name, { state }]) => [name, state])).toEqual([
      ['a', 'failed'],
      ['b', 'done'],
      ['c', 'skipped'],
      ['d', 'done'],
      ['e', 'skipped'],
    ]);
    expect(skipped).toEqual(['c because of a', 'e because of a']);
  });

  it('starts a step as soon as what it comes after is done', async () => {
    const order: string[] = [];
    let release: (() => void) | undefined;
    const slow = new Promise<void>((resolve) => {
      release = resolve;
    });
    await runGraph([node('slow'), node('quick'), node('next', 'quick')], async ({ name }) => {
      if (name === 'slow') await slow;
      order.push(name);
      if (name === 'next') release?.();
    });
    expect(order).toEqual(['quick', 'next', 'slow']);
  });
});

describe('what a model is computed from', () => {
  const nodes = [
    { name: 'facts', reads: ['orders', 'users'] },
    { name: 'lines', reads: ['items', 'facts'] },
    { name: 'other', reads: ['orders'] },
    { name: 'totals', reads: ['lines', 'facts', 'rates'] },
  ];
  const from = (name: string, ...given: string[]) => {
    const { computed, tables } = computedFrom(name, nodes, new Set(given));
    return { computed: computed.map((node) => node.name), tables: tables.toSorted() };
  };

  it('is all that it reads, and nothing else', () => {
    expect(from('totals')).toEqual({
      computed: ['facts', 'lines', 'totals'],
      tables: ['items', 'orders', 'rates', 'users'],
    });
  });

  it('ends at what is given', () => {
    expect(from('totals', 'lines', 'rates')).toEqual({
      computed: ['facts', 'totals'],
      tables: ['lines', 'orders', 'rates', 'users'],
    });
    expect(from('totals', 'lines', 'facts', 'orders')).toEqual({
      computed: ['totals'],
      tables: ['facts', 'lines', 'rates'],
    });
  });
});
