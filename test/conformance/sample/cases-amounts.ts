/** Cases about amounts: what is asked, what is free, places for pods, phases of a pod, rounding, resizes. */
import { node, pod, running } from './objects.ts';
import { FITS, forGood, forNow, type Sketch } from './outcomes.ts';

export const AMOUNT_CASES: readonly Sketch[] = [
  {
    id: 'amounts',
    why: 'Everything that lacks is listed; more than the node has in all can be helped by no removal.',
    objects: {
      nodes: [node('a'), node('b', { amounts: { cpu: '2', memory: '2Gi' } })],
      pods: [running('a', 'used', { requests: { cpu: '3', memory: '6Gi' } })],
    },
    asked: [
      {
        pod: pod('big', { requests: { cpu: '1500m', memory: '3Gi' } }),
        on: {
          a: forNow('NodeResourcesFit', 'Insufficient cpu', 'Insufficient memory'),
          b: forGood('NodeResourcesFit', 'Insufficient memory'),
        },
      },
      { pod: pod('exact', { requests: { cpu: '1', memory: '2Gi' } }), on: { a: FITS, b: FITS } },
      { pod: pod('nothing'), on: { a: FITS, b: FITS } },
    ],
    sequence: [null, 'a', 'a'],
  },
  {
    id: 'pod-count',
    why: 'A node without a free place takes not even a pod that asks for nothing; terminal pods take none.',
    objects: {
      nodes: [
        node('a', { amounts: { pods: '1' } }),
        node('b', { amounts: { pods: '1' } }),
        node('c', { amounts: { pods: '0' } }),
      ],
      pods: [running('a', 'used'), running('b', 'done', { status: { phase: 'Succeeded' } })],
    },
    asked: [
      {
        pod: pod('plain'),
        on: {
          a: forNow('NodeResourcesFit', 'Too many pods'),
          b: FITS,
          c: forNow('NodeResourcesFit', 'Too many pods'),
        },
      },
    ],
  },
  {
    id: 'init-and-sidecars',
    why: 'An init container runs beside the sidecars started before it; the larger of the two phases counts; overhead on top.',
    objects: { nodes: [node('a', { amounts: { cpu: '4' } }), node('b', { amounts: { cpu: '4100m' } })] },
    asked: [
      {
        pod: pod('staged', {
          requests: { cpu: '1' },
          spec: {
            overhead: { cpu: '100m' },
            initContainers: [
              { name: 'side', restartPolicy: 'Always', resources: { requests: { cpu: '1' } } },
              { name: 'init', resources: { requests: { cpu: '3' } } },
            ],
          },
        }),
        on: { a: forGood('NodeResourcesFit', 'Insufficient cpu'), b: FITS },
      },
    ],
  },
  {
    id: 'rounding',
    why: 'Containers are summed exactly and rounded up at the end: ten times 100u is one milli-CPU.',
    objects: { nodes: [node('a', { amounts: { cpu: '1m' } })] },
    asked: [
      {
        pod: pod('many', { spec: { containers: tiny(10) } }),
        on: { a: FITS },
      },
      {
        pod: pod('too-many', { spec: { containers: tiny(11) } }),
        on: { a: forGood('NodeResourcesFit', 'Insufficient cpu') },
      },
    ],
  },
  {
    id: 'extended-and-huge',
    why: 'What the node does not list it has none of; zero of it is no request.',
    objects: { nodes: [node('a', { amounts: { 'nvidia.com/gpu': '1', 'hugepages-2Mi': '4Mi' } }), node('b')] },
    asked: [
      {
        pod: pod('gpu', { requests: { 'nvidia.com/gpu': '1' } }),
        on: { a: FITS, b: forGood('NodeResourcesFit', 'Insufficient nvidia.com/gpu') },
      },
      { pod: pod('none', { requests: { 'nvidia.com/gpu': '0' } }), on: { a: FITS, b: FITS } },
      {
        pod: pod('huge', { requests: { 'hugepages-2Mi': '6Mi' } }),
        on: {
          a: forGood('NodeResourcesFit', 'Insufficient hugepages-2Mi'),
          b: forGood('NodeResourcesFit', 'Insufficient hugepages-2Mi'),
        },
      },
    ],
  },
  {
    id: 'pod-level-amounts',
    why: 'Amounts for the whole pod replace the sum over its containers.',
    objects: { nodes: [node('a', { amounts: { cpu: '1' } })] },
    asked: [
      {
        pod: pod('less', { requests: { cpu: '2' }, spec: { resources: { requests: { cpu: '1' } } } }),
        on: { a: FITS },
      },
    ],
  },
  {
    id: 'resize',
    why: 'A pod in a resize counts with the largest of what it asks, has and uses; a resize that cannot be is not counted.',
    objects: {
      nodes: [node('a'), node('b')],
      pods: [
        running('a', 'shrinks', { requests: { cpu: '1' }, status: statuses({ cpu: '3' }) }),
        running('b', 'cannot', {
          requests: { cpu: '4' },
          status: {
            ...statuses({ cpu: '1' }),
            conditions: [{ type: 'PodResizePending', status: 'True', reason: 'Infeasible' }],
          },
        }),
      ],
    },
    asked: [
      {
        pod: pod('two', { requests: { cpu: '2' } }),
        on: { a: forNow('NodeResourcesFit', 'Insufficient cpu'), b: FITS },
      },
    ],
  },
];

function tiny(count: number): readonly object[] {
  return Array.from({ length: count }, (_, index) => ({
    name: `c${index}`,
    resources: { requests: { cpu: '100u' } },
  }));
}

/** The container's status during a resize; amounts overlay those of the node builder's fixed status. */
function statuses(allocatedResources: object): object & Readonly<Record<string, unknown>> {
  return { phase: 'Running', containerStatuses: [{ name: 'main', allocatedResources }] };
}
