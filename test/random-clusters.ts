/** Small random clusters in which pods get in each other's way, for properties of scheduling (fast-check). */
import fc from 'fast-check';
import type { NodeFacts, PodFacts, PodSpecFacts } from '../src/cluster/facts.ts';
import {
  aNode,
  anAffinityTerm,
  aPod,
  aSelector,
  aSpread,
  aTaint,
  aToleration,
} from '../src/cluster/fixtures.test-support.ts';

const KEYS = ['kubernetes.io/hostname', 'zone', 'rack'];
const NAMESPACES = ['default', 'other'];

/** Labels by namespace; `bare` is not known to the model. */
export const NAMESPACE_LABELS: ReadonlyMap<string, Readonly<Record<string, string>>> = new Map([
  ['default', { team: 'a' }],
  ['other', { team: 'b' }],
]);

const someSelector = fc.constantFrom(
  undefined,
  aSelector(),
  aSelector({ app: 'web' }),
  aSelector({ app: 'db' }),
  aSelector({ app: 'web', tier: 'front' }),
  { requirements: [{ key: 'tier', operator: 'Exists', values: [] }] },
  { requirements: [{ key: 'app', operator: 'NotIn', values: ['web'] }] },
);

const someTerm = fc
  .record({
    labelSelector: someSelector,
    topologyKey: fc.constantFrom(...KEYS),
    namespaces: fc.constantFrom([], [], ['other'], ['default', 'other']),
    namespaceSelector: fc.constantFrom(undefined, undefined, aSelector(), aSelector({ team: 'b' })),
  })
  .map((term) => anAffinityTerm({}, term));

const someSpread = fc
  .record({
    labelSelector: someSelector,
    topologyKey: fc.constantFrom(...KEYS),
    maxSkew: fc.integer({ min: 1, max: 2 }),
    minDomains: fc.constantFrom(undefined, undefined, 2, 4),
    whenUnsatisfiable: fc.constantFrom('DoNotSchedule' as const, 'DoNotSchedule' as const, 'ScheduleAnyway' as const),
    nodeAffinityPolicy: fc.constantFrom('Honor' as const, 'Ignore' as const),
    nodeTaintsPolicy: fc.constantFrom('Honor' as const, 'Ignore' as const),
  })
  .map((constraint) => aSpread({}, constraint));

const someSpec: fc.Arbitrary<Partial<PodSpecFacts>> = fc.record({
  requests: fc.nat(4).map((cpu) => ({ cpu: cpu * 250 })),
  nodeSelector: fc.constantFrom({}, {}, {}, { disk: 'ssd' }, { 'kubernetes.io/hostname': 'node-1' }),
  requiredNodeAffinity: fc.constantFrom(undefined, undefined, undefined, [
    { matchExpressions: [{ key: 'zone', operator: 'In', values: ['a', 'b'] }], matchFields: [] },
  ]),
  tolerations: fc.constantFrom([], [aToleration('')]),
  topologySpread: fc.array(someSpread, { maxLength: 2 }),
  requiredPodAffinity: fc.oneof(fc.constant([]), fc.array(someTerm, { maxLength: 2 })),
  requiredPodAntiAffinity: fc.oneof(fc.constant([]), fc.array(someTerm, { maxLength: 2 })),
  hostPorts: fc.constantFrom([], [], [{ hostIP: '0.0.0.0', protocol: 'TCP' as const, port: 80 }]),
});

/** Pods of a few specs and labels, some of which are being deleted. Their `nodeName` is empty. */
export const somePods: fc.Arbitrary<PodFacts[]> = fc
  .record({
    specs: fc.array(someSpec, { minLength: 1, maxLength: 4 }),
    pods: fc.array(
      fc.record({
        spec: fc.nat(),
        namespace: fc.constantFrom(...NAMESPACES, 'default'),
        labels: fc.constantFrom({}, { app: 'web' }, { app: 'db' }, { app: 'web', tier: 'front' }, { tier: 'back' }),
        leaving: fc.integer({ min: 0, max: 5 }),
      }),
      { maxLength: 14 },
    ),
  })
  .map(({ specs, pods }) => {
    const whole = specs.map((spec) => aPod({ spec }).spec);
    return pods.map(({ spec, namespace, labels, leaving }, index) =>
      aPod({
        name: `pod-${index}`,
        namespace,
        labels,
        spec: whole[spec % whole.length] ?? aPod().spec,
        deletion: leaving === 0 ? { atMs: 0, graceSeconds: 30 } : undefined,
      }),
    );
  });

export const someNodes: fc.Arbitrary<NodeFacts[]> = fc
  .array(
    fc.record({
      cpu: fc.integer({ min: 0, max: 4 }),
      pods: fc.integer({ min: 1, max: 6 }),
      zone: fc.constantFrom('a', 'a', 'b', 'c', undefined),
      rack: fc.constantFrom('r1', 'r2', undefined),
      disk: fc.constantFrom('ssd', 'hdd'),
      cordoned: fc.integer({ min: 0, max: 7 }),
      tainted: fc.integer({ min: 0, max: 3 }),
    }),
    { minLength: 1, maxLength: 6 },
  )
  .map((nodes) =>
    nodes.map(({ cpu, pods, zone, rack, disk, cordoned, tainted }, index) =>
      aNode({
        name: `node-${index}`,
        cpu: cpu * 500,
        pods,
        labels: { disk, ...(zone === undefined ? {} : { zone }), ...(rack === undefined ? {} : { rack }) },
        unschedulable: cordoned === 0,
        taints: tainted === 0 ? [aTaint('t')] : [],
      }),
    ),
  );
