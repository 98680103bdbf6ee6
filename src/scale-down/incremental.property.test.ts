/**
 * What is remembered from pass to pass changes no decision: over random histories, the plan made on a model that has lived
 * through them is the plan made on a model that was built just now. The seed of a failure is printed by fast-check.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Cluster } from '../cluster/cluster.ts';
import type { ClusterEvent, NodeFacts, PodFacts } from '../cluster/facts.ts';
import { podKey } from '../cluster/facts.ts';
import {
  aController,
  aNode,
  anAffinityTerm,
  aPdb,
  aPod,
  aSelector,
  aSpec,
  aSpread,
  aTaint,
} from '../cluster/fixtures.test-support.ts';
import { aGroup } from '../node-groups/fixtures.test-support.ts';
import { MINUTE_MS, NOW_MS, plan, SCALE_DOWN } from './fixtures.test-support.ts';
import { EMPTY_SCALE_DOWN_MEMORY } from './memory.ts';
import type { ScaleDownOptions } from './options.ts';
import type { ScaleDownPlan } from './plan.ts';

const NODES = 9;
const APPS = ['web', 'db', 'near', 'apart'];
const SAFE = 'cluster-autoscaler.kubernetes.io/safe-to-evict';
const ZONE = 'topology.kubernetes.io/zone';
const LABELS = APPS.map((app) => ({ app }));
const SPECS = [
  aSpec({ cpu: 100 }),
  aSpec({ cpu: 450 }),
  aSpec({ cpu: 150 }, { topologySpread: [aSpread({ app: 'db' }, { topologyKey: ZONE })] }),
  aSpec({ cpu: 150 }, { requiredPodAntiAffinity: [anAffinityTerm({ app: 'apart' })] }),
  aSpec({ cpu: 150 }, { requiredPodAffinity: [anAffinityTerm({ app: 'near' }, { topologyKey: ZONE })] }),
];
/** kube-system pods are let go after an hour: some of the time that passes matters. */
const STEPS_MS = [0, 10_000, 6 * MINUTE_MS, 61 * MINUTE_MS];

/** One thing that happens: what, to whom, and in which of its forms. */
type Step = readonly [what: number, whom: number, form: number];
const small = (max: number): fc.Arbitrary<number> => fc.integer({ min: 0, max });
const histories = fc.array(
  fc.record({
    steps: fc.array(fc.tuple(small(9), small(29), small(4)), { maxLength: 4 }),
    passed: small(3),
    going: small(5),
  }),
  { minLength: 2, maxLength: 6 },
);

class History {
  readonly nodes = new Map<string, NodeFacts>();
  readonly pods = new Map<string, PodFacts>();
  readonly rest = new Map<string, ClusterEvent>();
  minSize = 0;
  now = NOW_MS;

  constructor() {
    for (let index = 0; index < NODES; index += 1) this.nodes.set(`n${index}`, nodeOf(index, 0));
    for (let index = 0; index < 22; index += 1) this.#setPod(index, index % 5);
    for (const app of APPS) this.#setController(app, 2);
  }

  /** What happens, and the events that tell of it. */
  take([what, whom, form]: Step): ClusterEvent[] {
    const name = `n${whom % NODES}`;
    const app = APPS[whom % APPS.length] ?? 'web';
    switch (what) {
      case 0:
      case 1:
      case 2:
        return this.#setPod(whom, form);
      case 3: {
        const pod = this.pods.get(`${namespaceOf(whom % APPS.length)}/p${whom}`);
        if (pod === undefined) return [];
        this.pods.delete(podKey(pod));
        return [{ kind: 'pod-gone', namespace: pod.namespace, name: pod.name, uid: pod.uid }];
      }
      case 4:
      case 5: {
        const node = nodeOf(whom % NODES, form);
        this.nodes.set(name, node);
        return [{ kind: 'node', node }];
      }
      case 6:
        return this.#setController(app, form);
      case 7: {
        this.rest.delete(`controller ${app}`);
        return [{ kind: 'controller-gone', uid: app }];
      }
      case 8: {
        const pdb = aPdb(app, {
          namespace: namespaceOf(whom % APPS.length),
          disruptionsAllowed: form,
          selector: aSelector({ app }),
        });
        return this.#keep(`pdb ${app}`, { kind: 'pdb', pdb });
      }
      default:
        this.minSize = 3 * form;
        return [];
    }
  }

  events(): ClusterEvent[] {
    return [
      ...[...this.nodes.values()].map((node): ClusterEvent => ({ kind: 'node', node })),
      ...[...this.pods.values()].map((pod): ClusterEvent => ({ kind: 'pod', pod })),
      ...this.rest.values(),
    ];
  }

  #setPod(whom: number, form: number): ClusterEvent[] {
    const app = whom % APPS.length;
    const pod = aPod({
      name: `p${whom}`,
      nodeName: `n${(whom * 7) % NODES}`,
      spec: SPECS[(whom + form) % SPECS.length] ?? aSpec(),
      labels: LABELS[app] ?? {},
      annotations: form === 3 ? { [SAFE]: 'false' } : form === 4 ? { [SAFE]: 'on-completion' } : {},
      createdAtMs: NOW_MS - MINUTE_MS,
      deletion: form === 2 ? { atMs: NOW_MS, graceSeconds: 30 } : undefined,
      namespace: namespaceOf(app),
      owner: APPS[app] ?? '',
    });
    this.pods.set(podKey(pod), pod);
    return [{ kind: 'pod', pod }];
  }

  #setController(app: string, replicas: number): ClusterEvent[] {
    return this.#keep(`controller ${app}`, {
      kind: 'controller',
      controller: aController('ReplicaSet', app, { replicas }),
    });
  }

  #keep(key: string, event: ClusterEvent): ClusterEvent[] {
    this.rest.set(key, event);
    return [event];
  }
}

function namespaceOf(app: number): string {
  return app === 0 ? 'kube-system' : 'default';
}

function nodeOf(index: number, form: number): NodeFacts {
  return aNode({
    name: `n${index}`,
    cpu: 1000,
    labels: { [ZONE]: `z${index % 2}` },
    ready: form !== 1,
    unschedulable: form === 2,
    taints: form === 3 ? [aTaint('dedicated')] : [],
    createdAtMs: form === 4 ? NOW_MS : 0,
  });
}

function built(events: readonly ClusterEvent[]): Cluster {
  const cluster = new Cluster();
  for (const event of events) cluster.apply(event);
  return cluster;
}

const LIVE_CHANGES: readonly Partial<ScaleDownOptions>[] = [
  {},
  {},
  { utilizationThreshold: 0.3 },
  { unneededTimeMs: 0, maxParallelism: 1 },
  { unreadyEnabled: false, ignoreDaemonSetsUtilization: true },
];

test('a model that has lived through a history decides as one that was built just now', () => {
  fc.assert(
    fc.property(histories, (passes) => {
      const history = new History();
      const living = built(history.events());
      const base = {
        ...SCALE_DOWN,
        utilizationThreshold: 0.7,
        drainability: { ...SCALE_DOWN.drainability, minReplicaCount: 2 },
      };
      let memory = EMPTY_SCALE_DOWN_MEMORY;
      for (const { steps, passed, going } of passes) {
        for (const step of steps) for (const event of history.take(step)) living.apply(event);
        history.now += STEPS_MS[passed] ?? 0;
        // What a changed file may change while the program runs.
        const options = { ...base, ...LIVE_CHANGES[(passed + going) % LIVE_CHANGES.length] };
        // The last two belong to no group: they only take pods.
        const nodes = [...history.nodes.values()].slice(0, NODES - 2);
        const groups = [aGroup({ nodes, minSize: history.minSize })];
        const world = { groups, memory, now: history.now, options };
        const removals = going < 2 ? [{ node: `n${going}`, step: 'draining', drains: true }] : [];
        const [ofLiving, again, ofFresh] = [living, living, built(history.events())].map((cluster) =>
          plan({ ...world, cluster, removals }),
        );
        assert.deepEqual(unslotted(ofLiving), unslotted(ofFresh));
        assert.deepEqual(unslotted(again), unslotted(ofFresh), 'and once more, with nothing changed');
        memory = ofFresh?.memory ?? memory;
      }
    }),
    { numRuns: 300 },
  );
});

/** Slots are numbers of one model alone. */
function unslotted(made: ScaleDownPlan | undefined): unknown {
  return { ...made, removals: made?.removals.map((removal) => ({ ...removal, slot: 0 })) };
}
