/** Cases in which other pods have a say: topology spread, affinity and anti-affinity. */
import { namespace, node, pod, running, type ApiObject, type Json } from './objects.ts';
import { FITS, forGood, forNow, type Sketch } from './outcomes.ts';

const REQUIRED = 'requiredDuringSchedulingIgnoredDuringExecution';
const WEB = { app: 'web' };
const zoned = (name: string, zone: string, more: Parameters<typeof node>[1] = {}): ApiObject =>
  node(name, { ...more, labels: { zone, ...more.labels } });
const web = (name: string, spec: Json): ApiObject => pod(name, { labels: WEB, spec });

function spread(more: Json = {}): Json {
  const constraint = {
    maxSkew: 1,
    topologyKey: 'zone',
    whenUnsatisfiable: 'DoNotSchedule',
    labelSelector: { matchLabels: WEB },
  };
  return { topologySpreadConstraints: [{ ...constraint, ...more }] };
}

function term(topologyKey: string, more: Json = {}): Json {
  return { topologyKey, labelSelector: { matchLabels: WEB }, ...more };
}

const near = (...terms: readonly Json[]): Json => ({ affinity: { podAffinity: { [REQUIRED]: terms } } });
const apart = (...terms: readonly Json[]): Json => ({ affinity: { podAntiAffinity: { [REQUIRED]: terms } } });

const SKEWED = forNow('PodTopologySpread', "node(s) didn't match pod topology spread constraints");
const NO_KEY = forGood(
  'PodTopologySpread',
  "node(s) didn't match pod topology spread constraints (missing required label)",
);
const NOT_NEAR = forGood('InterPodAffinity', "node(s) didn't match pod affinity rules");
const CLASHES = forNow('InterPodAffinity', "node(s) didn't match pod anti-affinity rules");
const REPELLED = forNow('InterPodAffinity', "node(s) didn't satisfy existing pods anti-affinity rules");

const THREE_ZONES = [zoned('a', 'z1'), zoned('b', 'z2'), zoned('c', 'z3'), node('d')];

export const COUPLED_CASES: readonly Sketch[] = [
  {
    id: 'spread',
    why: 'With 2, 1 and 0 pods only the emptiest zone takes one more; a node without the key takes none.',
    objects: {
      nodes: THREE_ZONES,
      pods: [
        running('a', 'w1', { labels: WEB }),
        running('a', 'w2', { labels: WEB }),
        running('b', 'w3', { labels: WEB }),
        running('c', 'other', { labels: { app: 'db' } }),
      ],
    },
    asked: [
      { pod: web('p', spread()), on: { a: SKEWED, b: SKEWED, c: FITS, d: NO_KEY } },
      { pod: web('wider', spread({ maxSkew: 2 })), on: { a: SKEWED, b: FITS, c: FITS, d: NO_KEY } },
      { pod: web('soft', spread({ whenUnsatisfiable: 'ScheduleAnyway' })), on: { a: FITS, b: FITS, c: FITS, d: FITS } },
      { pod: pod('not-selected', { spec: spread() }), on: { a: SKEWED, b: FITS, c: FITS, d: NO_KEY } },
    ],
    sequence: ['c', 'a', 'a', 'b'],
  },
  {
    id: 'spread-domains',
    why: 'Fewer domains than minDomains: the least is taken as none. A tainted node is a domain unless taints are honored.',
    objects: {
      nodes: [zoned('a', 'z1'), zoned('b', 'z2', { taints: [{ key: 'x', effect: 'NoSchedule' }] })],
      pods: [running('a', 'w1', { labels: WEB })],
    },
    asked: [
      { pod: web('few', spread({ minDomains: 3, nodeTaintsPolicy: 'Honor' })), on: { a: SKEWED, b: tainted() } },
      { pod: web('honor', spread({ nodeTaintsPolicy: 'Honor' })), on: { a: FITS, b: tainted() } },
      { pod: web('ignore', spread()), on: { a: SKEWED, b: tainted() } },
    ],
  },
  {
    id: 'affinity',
    why: 'The pod goes where a pod is that all its terms mean, or, as the first of its group, to any node with the key.',
    objects: { nodes: THREE_ZONES, pods: [running('a', 'w1', { labels: WEB })] },
    asked: [
      { pod: pod('near-web', { spec: near(term('zone')) }), on: { a: FITS, b: NOT_NEAR, c: NOT_NEAR, d: NOT_NEAR } },
      {
        pod: pod('first', {
          labels: { app: 'db' },
          spec: near(term('zone', { labelSelector: { matchLabels: { app: 'db' } } })),
        }),
        on: { a: FITS, b: FITS, c: FITS, d: NOT_NEAR },
      },
    ],
    sequence: ['a', 'a'],
  },
  {
    id: 'anti-affinity',
    why: 'It holds both ways: the pod keeps off those it names, and off those that name it.',
    objects: {
      nodes: THREE_ZONES,
      pods: [
        running('a', 'w1', { labels: WEB }),
        running('b', 'loner', { labels: { app: 'loner' }, spec: { nodeName: 'b', ...apart(term('zone')) } }),
      ],
    },
    asked: [
      { pod: pod('keeps-off', { spec: apart(term('zone')) }), on: { a: CLASHES, b: FITS, c: FITS, d: FITS } },
      { pod: pod('repelled', { labels: WEB }), on: { a: FITS, b: REPELLED, c: FITS, d: FITS } },
    ],
    sequence: ['b', 'a'],
  },
  {
    id: 'affinity-namespaces',
    why: 'A term means its own namespace unless it names others, by name or by label; an empty selector means all.',
    objects: {
      nodes: [zoned('a', 'z1'), zoned('b', 'z2')],
      namespaces: [namespace('default'), namespace('shop', { team: 'x' })],
      pods: [running('a', 'w1', { labels: WEB, namespace: 'shop' })],
    },
    asked: [
      { pod: pod('own', { spec: apart(term('zone')) }), on: { a: FITS, b: FITS } },
      { pod: pod('named', { spec: apart(term('zone', { namespaces: ['shop'] })) }), on: { a: CLASHES, b: FITS } },
      {
        pod: pod('labelled', { spec: apart(term('zone', { namespaceSelector: { matchLabels: { team: 'x' } } })) }),
        on: { a: CLASHES, b: FITS },
      },
      { pod: pod('all', { spec: apart(term('zone', { namespaceSelector: {} })) }), on: { a: CLASHES, b: FITS } },
    ],
  },
];

function tainted(): ReturnType<typeof forGood> {
  return forGood('TaintToleration', 'node(s) had untolerated taint(s)');
}
