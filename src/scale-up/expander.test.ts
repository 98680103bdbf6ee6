/** Holds: the same options in any order give the same choice (I10), and what is said of it is why. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { aCluster } from '../cluster/fixtures.test-support.ts';
import { readPriorities } from '../kubernetes/decode-priorities.ts';
import { aGroup, HEALTH_OPTIONS } from '../node-groups/fixtures.test-support.ts';
import { EMPTY_MEMORY } from '../node-groups/memory.ts';
import { observeNodeGroups } from '../node-groups/observe.ts';
import { seededRandom } from '../runtime/random.ts';
import { Counsel } from './counsel.ts';
import type { CounselAnswer } from './counsel.ts';
import type { ExpansionOption } from './expander.ts';
import { chooseOption } from './expander.ts';
import type { ExpanderKnowledge } from './expander-knowledge.ts';
import { likePrice } from './imitated-price.ts';
import type { ExpanderName } from './options.ts';

const GIB = 2 ** 30;

interface Sketch {
  readonly name: string;
  readonly nodes?: number;
  readonly pods?: number;
  /** Dollars an hour of one node. */
  readonly price?: number;
  /** Milli-CPU of one node, 4000 unless said. */
  readonly cpu?: number;
  /** Milli-CPU that all its pods request, 1000 unless said. */
  readonly asked?: number;
  readonly gpus?: number;
}

function anOption({ name, nodes = 1, pods = 1, price, cpu = 4000, asked = 1000, gpus = 0 }: Sketch): ExpansionOption {
  const resources = gpus === 0 ? {} : { resources: { 'nvidia.com/gpu': gpus } };
  const groups = [aGroup({ name, pricePerHour: price, node: { cpu, ...resources } })];
  const { views } = observeNodeGroups({
    cluster: aCluster({}),
    groups,
    memory: EMPTY_MEMORY,
    options: HEALTH_OPTIONS,
    now: 0,
    fromZero: true,
  });
  const [view] = views;
  assert.ok(view?.template !== undefined);
  return {
    view,
    nodes,
    pods,
    requested: { cpu: asked, memory: GIB },
    capacity: view.template.node.capacity,
    taken: [],
  };
}

const KNOWING_NOTHING: ExpanderKnowledge = {
  lot: undefined,
  priorities: undefined,
  counsel: undefined,
  nodes: 0,
  imitates: false,
};

function chosen(
  sketches: readonly Sketch[],
  names: readonly ExpanderName[],
  knowledge: Partial<ExpanderKnowledge> = {},
): string {
  const choice = chooseOption(sketches.map(anOption), { names, knowledge: { ...KNOWING_NOTHING, ...knowledge } });
  return choice === undefined ? 'none' : `${choice.option.view.state.name} (${choice.because})`;
}

function priorities(text: string): Pick<ExpanderKnowledge, 'priorities'> {
  const read = readPriorities(text);
  assert.ok(read.kind === 'priorities', text);
  return { priorities: read.priorities };
}

describe('least-waste', () => {
  it('takes the group whose new nodes are filled best', () => {
    const options = [
      { name: 'large', cpu: 16_000 },
      { name: 'small', cpu: 4000 },
    ];
    assert.equal(chosen(options, ['least-waste']), 'small (least-waste: 75 % of CPU and 88 % of memory unused)');
  });

  it('cannot judge nodes without CPU, and has no say where there are no others', () => {
    const options = [
      { name: 'empty', cpu: 0 },
      { name: 'full', cpu: 64_000 },
    ];
    assert.match(chosen(options, ['least-waste']), /^full /);
    assert.match(chosen([{ name: 'empty', cpu: 0 }], ['least-waste']), /^empty .*unknown share of CPU/);
  });
});

it('most-pods takes the group that helps the most pods', () => {
  const options = [
    { name: 'a', pods: 3 },
    { name: 'b', pods: 5, nodes: 9 },
  ];
  assert.equal(chosen(options, ['most-pods']), 'b (most-pods: 5 pods helped)');
});

it('least-nodes takes the group that needs the fewest nodes for each pod; or in all, where Cluster Autoscaler is imitated', () => {
  const options = [
    { name: 'a', nodes: 3, pods: 9 },
    { name: 'b', nodes: 1 },
  ];
  assert.equal(chosen(options, ['least-nodes']), 'a (least-nodes: 3 nodes needed)');
  assert.equal(chosen(options, ['least-nodes'], { imitates: true }), 'b (least-nodes: 1 node needed)');
});

describe('price', () => {
  it('takes what gives the most for the money, not what costs least', () => {
    const options = [
      { name: 'a', price: 0.1, asked: 1000 },
      { name: 'b', price: 0.15, asked: 4000, pods: 4 },
    ];
    assert.equal(chosen(options, ['price']), 'b (price: $0.150 an hour for 1 node)');
  });

  it('leaves out a group without a price while another has one', () => {
    assert.match(chosen([{ name: 'a' }, { name: 'b', price: 9 }], ['price']), /^b /);
    assert.equal(
      chosen([{ name: 'a' }, { name: 'b' }], ['price']),
      'a (price: no price is known; b as good, later by name)',
    );
  });

  it('imitates the recorded weight of a node’s size by the number of nodes', () => {
    const recorded = { 1: 4, 2: 3.8, 5: 3.22, 10: 2.39, 20: 1.44, 50: 1.01 };
    for (const [nodes, expected] of Object.entries(recorded)) {
      assert.ok(Math.abs(weightOf(Number(nodes)) - expected) < 0.01, nodes);
    }
  });

  it('keeps GPU nodes for the last only when it imitates', () => {
    const options = [
      { name: 'cpu', price: 2 },
      { name: 'gpu', price: 1, gpus: 1 },
    ];
    assert.match(chosen(options, ['price'], { imitates: true, nodes: 10 }), /^cpu /);
    assert.match(chosen(options, ['price']), /^gpu /);
  });
});

describe('priority', () => {
  const options = [{ name: 'pool-fast' }, { name: 'pool-small' }, { name: 'other' }];

  it('keeps the groups of the highest priority that matches any, and says by which pattern', () => {
    const given = priorities('10: [".*small.*", "pool"]\n50: ["^pool-fast$"]\n99: ["nothing"]');
    assert.equal(chosen(options, ['priority'], given), 'pool-fast (priority: 50, by ^pool-fast$)');
  });

  it('has no say without a ConfigMap, nor when nothing matches', () => {
    assert.match(chosen(options, ['priority']), /^other \(priority: no priorities are set; /);
    assert.match(chosen(options, ['priority'], priorities('10: ["none"]')), /^other \(priority: no pattern matches; /);
  });

  it('follows negative priorities too, but where it imitates those below -1 never win', () => {
    const given = priorities('-5: ["fast"]');
    assert.match(chosen(options, ['priority'], given), /^pool-fast /);
    assert.match(chosen(options, ['priority'], { ...given, imitates: true }), /^other /);
  });
});

describe('random', () => {
  it('draws by the seed, so that a replay draws the same, and every group is drawn now and then', () => {
    const seeds = Array.from({ length: 64 }, (_, seed) => seed);
    assert.deepEqual(seeds.map(drawnBy), seeds.map(drawnBy));
    assert.deepEqual([...new Set(seeds.map(drawnBy))].toSorted(compareTexts), [
      'a (random: drawn by lot, seeded by the time of the pass)',
      'b (random: drawn by lot, seeded by the time of the pass)',
      'c (random: drawn by lot, seeded by the time of the pass)',
    ]);
  });
});

describe('grpc', () => {
  const options = [{ name: 'a' }, { name: 'b' }];
  const answered = (answer: CounselAnswer): string => {
    const first = new Counsel({ known: new Map(), mayAsk: true });
    chosen(options, ['grpc'], { counsel: first });
    assert.ok(first.open !== undefined, 'there is a question');
    const counsel = new Counsel({ known: new Map([[first.open.key, answer]]), mayAsk: true });
    const result = chosen(options, ['grpc'], { counsel });
    assert.equal(counsel.open, undefined, 'it is answered');
    return result;
  };

  it('takes what the service says', () => {
    assert.equal(answered({ kind: 'best', groupIds: ['b'] }), 'b (grpc: the expander service’s choice)');
  });

  it('chooses nothing when the service names no group', () => {
    assert.equal(answered({ kind: 'best', groupIds: [] }), 'none');
  });

  it('has no say when the service fails, or names only groups that there are not', () => {
    assert.match(answered({ kind: 'no-say', why: 'away' }), /^a /);
    assert.match(answered({ kind: 'best', groupIds: ['z'] }), /^a /);
  });

  it('is not asked again once the pass may ask no more, nor without a service', () => {
    const counsel = new Counsel({ known: new Map(), mayAsk: false });
    assert.match(chosen(options, ['grpc', 'least-waste'], { counsel }), /^a \(least-waste/);
    assert.equal(counsel.open, undefined);
    assert.match(chosen(options, ['grpc']), /^a /);
  });
});

describe('a chain', () => {
  const options = [
    { name: 'a', pods: 5, nodes: 3 },
    { name: 'b', pods: 5, nodes: 2 },
    { name: 'c', pods: 4, nodes: 1 },
  ];

  it('lets each narrow what the one before left, and stops at one', () => {
    assert.equal(chosen(options, ['most-pods', 'least-nodes']), 'b (least-nodes: 2 nodes needed)');
    assert.equal(chosen(options, ['least-nodes', 'most-pods']), 'c (least-nodes: 1 node needed)');
  });

  it('settles what is left by price, where all have one, then by name, and says so', () => {
    assert.equal(tied([3, 2]), 'p1 (most-pods: 1 pod helped; p0 as good, at a higher price)');
    assert.equal(tied([2, 2]), 'p0 (most-pods: 1 pod helped; p1 as good, later by name)');
    assert.equal(tied([2, undefined]), 'p0 (most-pods: 1 pod helped; p1 as good, later by name)');
    assert.equal(
      tied([1, 2, 3, 4, 5, 6]),
      'p0 (most-pods: 1 pod helped; p1, p2, p3, 2 more as good, at a higher price)',
    );
  });

  it('property: the order in which options come changes nothing, whatever the chain', () => {
    const sketch = fc.record({
      nodes: fc.integer({ min: 1, max: 3 }),
      pods: fc.integer({ min: 1, max: 3 }),
      price: fc.integer({ min: 1, max: 3 }),
      cpu: fc.constantFrom(2000, 4000),
    });
    const names: readonly ExpanderName[] = ['least-waste', 'most-pods', 'least-nodes', 'price', 'priority', 'random'];
    const given = priorities('1: [p1]\n2: [p2, p3]');
    fc.assert(
      fc.property(
        fc.array(sketch, { minLength: 1, maxLength: 6 }),
        fc.shuffledSubarray([...names], { minLength: 1 }),
        fc.infiniteStream(fc.nat()),
        fc.boolean(),
        (sketches, chain, order, imitates) => {
          const named = sketches.map((one, index) => ({ ...one, name: `p${index}` }));
          const keys = new Map(named.map((one) => [one, order.next().value]));
          const shuffled = named.toSorted((a, b) => (keys.get(a) ?? 0) - (keys.get(b) ?? 0));
          const of = (some: readonly Sketch[]): string =>
            chosen(some, chain, { ...given, imitates, lot: seededRandom(7).stream('expander') });
          assert.equal(of(shuffled), of(named));
        },
      ),
    );
  });
});

it('without options there is no choice', () => {
  for (const name of ['least-waste', 'most-pods', 'least-nodes', 'price', 'priority', 'random', 'grpc'] as const) {
    assert.equal(chosen([], [name]), 'none');
  }
});

/** Of a node of four cores in a cluster that one core suits, against one in a cluster that it suits. */
function weightOf(nodes: number): number {
  const unfit = likePrice(anOption({ name: 'a', price: 1, nodes }), 0) ?? 0;
  const fit = likePrice(anOption({ name: 'a', price: 1, nodes }), 20) ?? 1;
  return unfit / fit;
}

function drawnBy(seed: number): string {
  const options = ['a', 'b', 'c'].map((name) => ({ name }));
  return chosen(options, ['random'], { lot: seededRandom(seed).stream('expander') });
}

/** Of groups that are alike but for their prices. */
function tied(prices: readonly (number | undefined)[]): string {
  const options = prices.map((price, index) => ({ name: `p${index}`, ...(price === undefined ? {} : { price }) }));
  return chosen(options, ['most-pods']);
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : 1;
}
