/**
 * How many removals go at once, ten in all and five with pods to move: the budget cases (BU) of the scenario catalogue.
 *
 * Groups are written as `ng 3e 2d`: three empty nodes and two with a pod to move, in a group whose nodes go one by one. One
 * named `AT8` goes as a whole and wants 8 nodes; `4x` are nodes of it that are needed.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { NodeFacts } from '../cluster/facts.ts';
import { aGroup } from '../node-groups/fixtures.test-support.ts';
import { EAGER, plan } from './fixtures.test-support.ts';
import { aWorld, on } from './world.test-support.ts';

const OPTIONS = { ...EAGER, maxParallelism: 10, maxDrainParallelism: 5 };
const UNDER_WAY = 'under way';

interface NodeCounts {
  readonly e: number;
  readonly d: number;
  readonly x: number;
}

function parse(text: string): ReadonlyMap<string, NodeCounts> {
  const groups = text === '' ? [] : text.split(', ');
  return new Map(
    groups.map((group) => {
      const [name = '', ...counts] = group.split(' ');
      const of = (letter: string): number => Number.parseInt(counts.find((one) => one.endsWith(letter)) ?? '0', 10);
      return [name, { e: of('e'), d: of('d'), x: of('x') }];
    }),
  );
}

/** `group kind index`, so that the first group comes first by name. */
function nodeNames(groups: ReadonlyMap<string, NodeCounts>): string[] {
  return [...groups].flatMap(([name, counts], order) =>
    (['e', 'd', 'x'] as const).flatMap((kind) =>
      Array.from({ length: counts[kind] }, (_, index) => `${order} ${name} ${kind} ${String(index).padStart(2, '0')}`),
    ),
  );
}

const groupOf = ({ name }: NodeFacts): string => name.split(' ')[1] ?? '';
const kindOf = (name: string): string => name.split(' ')[2] ?? '';

/** What goes of these groups, beside so many removals under way: of empty nodes, and with pods to move. */
function goes(text: string, underWay: readonly [e: number, d: number]): string {
  const groups = parse(text);
  const [e, d] = underWay;
  const busy = nodeNames(new Map([['busy', { e, d, x: 0 }]]));
  const names = [...nodeNames(groups), ...busy];
  const pods = names.flatMap((name) => {
    if (kindOf(name) === 'e') return [];
    return [on(name, kindOf(name) === 'x' ? 900 : 1)];
  });
  const world = aWorld({ nodes: [...names.map((name) => ({ name })), { name: 'room', cpu: 90_000 }], pods });
  const byGroup = Map.groupBy(world.nodes.slice(0, -1), groupOf);
  const states = [...byGroup].map(([name, nodes]) => {
    const size = /^AT(\d+)/.exec(name)?.[1];
    if (size === undefined) return aGroup({ name, nodes });
    return aGroup({ name, nodes, targetSize: Number(size), options: { zeroOrMaxNodeScaling: true } });
  });
  const removals = busy.map((node) => ({ node, step: UNDER_WAY, drains: kindOf(node) === 'd' }));
  const made = plan({ ...world, groups: states, removals, options: OPTIONS });
  const counted = [...groups.keys()].flatMap((group) => {
    const ofGroup = made.removals.filter(({ groupName }) => groupName === group);
    const empties = ofGroup.filter(({ empty }) => empty).length;
    const kinds = [empties > 0 ? ` ${empties}e` : '', ofGroup.length > empties ? ` ${ofGroup.length - empties}d` : ''];
    return ofGroup.length === 0 ? [] : [`${group}${kinds.join('')}`];
  });
  return counted.join(', ');
}

const NONE = [0, 0] as const;

function check(
  id: string,
  ...cases: readonly (readonly [groups: string, expected: string, underWay?: readonly [number, number]])[]
): void {
  const titles = cases.map(([groups, expected, [e, d] = NONE]) => {
    const beside = e + d === 0 ? '' : `beside ${e}e ${d}d, `;
    return `${beside}of ${groups} go ${expected === '' ? 'none' : expected}`;
  });
  it(`${id}: ${titles.join('; ')}`, () => {
    for (const [groups, expected, underWay = NONE] of cases) assert.equal(goes(groups, underWay), expected);
  });
}

describe('of empty nodes', () => {
  check('BU-01', ['ng 10e', 'ng 10e']);
  check('BU-02', ['ng 11e', 'ng 10e']);
  check('BU-03', ['AT11 11e', 'AT11 11e']);
  check('BU-04', ['ng 8e, AT3 3e', 'ng 7e, AT3 3e']);
  check('BU-05', ['ng 3e, AT8 8e, AT3 3e', 'ng 2e, AT8 8e']);
  check('BU-06', ['ng 8e', 'ng 8e', [1, 1]], ['ng 10e', 'ng 8e', [1, 1]]);
  check('BU-07', ['AT8 8e', 'AT8 8e', [3, 3]]);
  check('BU-08', ['ng 10e', '', [5, 5]], ['AT3 3e', '', [5, 5]]);
  check('BU-09', ['ng 10e', '', [50, 50]]);
});

describe('of nodes with pods to move', () => {
  check('BU-10', ['ng 5d', 'ng 5d'], ['ng 6d', 'ng 5d']);
  check('BU-11', ['ng1 5d, ng2 5d', 'ng1 5d']);
  check('BU-12', ['AT8 8d', 'AT8 8d']);
  check('BU-13', ['ng 3d, AT3 3d', 'ng 2d, AT3 3d']);
  check('BU-14', ['ng 3d, AT3 3d, AT4 4d', 'ng 2d, AT3 3d']);
  check('BU-15', ['ng 3d', 'ng 3d', [1, 2]], ['ng 5d', 'ng 3d', [1, 2]]);
  check('BU-16', ['AT4 4d', 'AT4 4d', [1, 2]]);
  check('BU-17', ['ng 5d', '', [1, 5]], ['AT4 4d', '', [1, 5]]);
  check('BU-18', ['ng 5d', '', [1, 50]]);
  check('BU-19', ['ng 4d', 'ng 2d', [7, 1]]);
  check('BU-20', ['ng 4d', '', [10, 0]], ['ng 4d', '', [50, 0]]);
});

describe('of both', () => {
  check('BU-21', ['ng 5e 5d', 'ng 5e 5d']);
  check('BU-22', ['AT3 3e, AT4 4d', 'AT3 3e, AT4 4d']);
  check('BU-23', ['ng 8e 8d', 'ng 8e 2d']);
  check('BU-24', ['AT8 8e, AT4 4d', 'AT8 8e']);
  check('BU-25', ['AT8 5e 3d', 'AT8 5e 3d']);
  check('BU-26', ['AT11 8e 3d', 'AT11 8e 3d']);
  check('BU-27', ['AT8 2e 6d', 'AT8 2e 6d']);
  check('BU-28', ['AT8 2e 2d 4x', '']);
  check('BU-29', ['AT8 2e 2d', 'AT8 2e 2d']);
  check('BU-30', ['AT4 4e, AT8 8d', 'AT4 4e']);
  check('BU-31', ['ng 5e, AT3 3e, AT8 8d', 'ng 5e, AT3 3e']);
  check('BU-32', ['ng 5e, AT11 8e 3d', 'AT11 8e 3d']);
  check('BU-33', ['ng 5e, AT8 5e 3d, AT11 8e 3d', 'ng 2e, AT8 5e 3d']);
  check('BU-34', ['AT3 3e, AT4 2e 2d, AT11 11e', 'AT3 3e, AT4 2e 2d']);
  check('BU-35', ['ng 5e, AT8 8d', 'ng 2e, AT8 8d']);
  check('BU-36', ['ng 2e 8d', 'ng 2e 5d']);
});

describe('of both, beside removals under way', () => {
  check('BU-37', ['ng 5e 5d', '', [10, 0]], ['AT3 3e, AT4 4d', '', [10, 0]], ['AT3 2e 1d', '', [10, 0]]);
  check('BU-38', ['ng 5e 5d', '', [50, 0]]);
  check('BU-39', ['ng 5e 5d', 'ng 5e', [0, 5]], ['AT4 4e, AT3 3d', 'AT4 4e', [0, 5]]);
  check('BU-40', ['ng 5e 5d', 'ng 1e', [0, 9]]);
  check('BU-41', ['ng 5e 2d', 'ng 2e', [5, 3]], ['ng 1e 2d', 'ng 1e 1d', [5, 3]]);
  check('BU-42', ['ng 4e 5d', 'ng 4e 2d', [1, 3]]);
  check('BU-43', ['AT4 4e, AT3 3d', 'AT4 4e', [5, 2]]);
  check('BU-44', ['AT3 2e 1d', 'AT3 2e 1d', [5, 2]]);
  check('BU-45', ['AT8 6e 2d', 'AT8 6e 2d', [5, 2]]);
  check('BU-46', ['AT5 1e 4d', 'AT5 1e 4d', [2, 2]]);
  check('BU-47', ['ng1 4e, AT4 4e, ng2 4d, AT3 3d', 'AT4 4e', [5, 2]]);
  check('BU-48', ['ng1 4e, AT4 2e 2d, ng2 4d', 'AT4 2e 2d', [5, 2]]);
  check('BU-49', ['ng1 4e, AT4 2e 2d, ng2 4d', 'ng1 2e, AT4 2e 2d', [2, 2]]);
});
