/** How much memory a whole process takes that observes a large cluster: bench/observe.ts is that process. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { encodeMessage } from '../../src/kubernetes/testing/encode-objects.ts';
import { encodePage } from '../pages.ts';
import type { Workload } from '../workload.ts';

const NODES = 5_000;
const PODS = 150_000;
/** Pods of one workload: one template, as a ReplicaSet makes them. */
const REPLICAS = 30;
/** As many objects as the program asks for at a time. */
const PAGE = 500;
/** Pods that a watch tells of once more, changed, after all were listed. */
const CHANGED = 30_000;
const MB = 1e6;

const holding = z.object({
  nodes: z.literal(NODES),
  pods: z.literal(PODS),
  refused: z.literal(0),
  residentBytes: z.number(),
  peakBytes: z.number(),
});

export const memoryProcess: Workload = {
  name: 'memory-process',
  about: '5,000 nodes and 150,000 pods in protobuf, observed by a process of its own: what it is resident in',
  async run() {
    const observer = spawn(process.execPath, [fileURLToPath(new URL('../observe.ts', import.meta.url))], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const said = text(observer.stdout);
    for (const page of pages()) if (!observer.stdin.write(page)) await once(observer.stdin, 'drain');
    observer.stdin.end();
    const { residentBytes, peakBytes } = holding.parse(JSON.parse(await said));
    return [
      { name: 'memory-process', value: residentBytes / MB, unit: 'MB resident at the end', bar: 400 },
      { name: 'memory-process-peak', value: peakBytes / MB, unit: 'MB resident at most', bar: 400 },
    ];
  },
};

function* pages(): Generator<Buffer> {
  const nodes = Array.from({ length: NODES }, (_, index) => encodeMessage('Node', nodeAt(index)));
  for (let start = 0; start < NODES; start += PAGE) yield encodePage('nodes', nodes.slice(start, start + PAGE));
  const templates = Array.from({ length: PODS / REPLICAS }, (_, workload) => new PodTemplate(workload));
  for (const [count, version] of [
    [PODS, 1],
    [CHANGED, 2],
  ] as const) {
    for (let start = 0; start < count; start += PAGE) {
      const page = Array.from({ length: PAGE }, (_, offset) => {
        const index = start + offset;
        const template = templates[Math.floor(index / REPLICAS)];
        if (template === undefined) throw new Error(`no workload has the pod ${index}`);
        return template.pod(index, version);
      });
      yield encodePage('pods', page);
    }
  }
}

/** What tells a pod from its siblings, in as many characters in each. */
const OWN = { name: 'x0000001', uid: 'u0000001', node: 'n0000001', version: 'v0000001' } as const;

/** A pod in protobuf, with the places where siblings differ. */
class PodTemplate {
  readonly #bytes: Buffer;
  readonly #places: ReadonlyMap<string, number>;

  constructor(workload: number) {
    this.#bytes = encodeMessage('Pod', podOf(workload));
    this.#places = new Map(Object.values(OWN).map((own) => [own, this.#bytes.indexOf(own)]));
  }

  pod(index: number, version: number): Buffer {
    const bytes = Buffer.from(this.#bytes);
    const write = (own: string, value: number): void => {
      bytes.write(own.slice(0, 1) + String(value).padStart(7, '0'), this.#places.get(own) ?? 0, 'latin1');
    };
    write(OWN.name, index);
    write(OWN.uid, index);
    write(OWN.node, (index * 7) % NODES);
    write(OWN.version, version * PODS + index);
    return bytes;
  }
}

function nodeAt(index: number): Readonly<Record<string, unknown>> {
  const name = `n${String(index).padStart(7, '0')}`;
  const amounts = { cpu: '8', memory: '64Gi', pods: '110', 'ephemeral-storage': '150Gi' };
  return {
    metadata: {
      name,
      uid: `uid-${name}`,
      resourceVersion: '1',
      labels: {
        'kubernetes.io/hostname': name,
        'topology.kubernetes.io/zone': `z${index % 3}`,
        pool: `p${index % 10}`,
      },
    },
    spec: { providerID: `vultr://${name}` },
    status: {
      capacity: amounts,
      allocatable: amounts,
      conditions: ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure'].map((type) => ({
        type,
        status: type === 'Ready' ? 'True' : 'False',
        lastTransitionTime: '2026-11-24T02:03:04Z',
        reason: 'Kubelet',
      })),
    },
  };
}

function podOf(workload: number): Readonly<Record<string, unknown>> {
  const app = `app-${workload}`;
  const container = (name: string): object => ({
    name,
    image: `registry.example/${app}/${name}:1`,
    args: Array.from({ length: 20 }, (_, index) => `--option-${index}=the value that the program is given here`),
    resources: { requests: { cpu: '200m', memory: '1Gi' }, limits: { memory: '1Gi' } },
  });
  return {
    metadata: {
      name: `${app}-7c9d8f6b5-${OWN.name}`,
      generateName: `${app}-7c9d8f6b5-`,
      namespace: `team-${workload % 50}`,
      uid: `3f0e1c2a-9b4d-4e6f-8a7b-${OWN.uid}`,
      resourceVersion: OWN.version,
      creationTimestamp: '2026-11-24T02:03:04Z',
      labels: { app, tier: `tier-${workload % 3}`, 'pod-template-hash': '7c9d8f6b5' },
      ownerReferences: [
        {
          kind: 'ReplicaSet',
          name: `${app}-7c9d8f6b5`,
          uid: `rs-${workload}`,
          apiVersion: 'apps/v1',
          controller: true,
        },
      ],
    },
    spec: {
      nodeName: OWN.node,
      schedulerName: 'default-scheduler',
      restartPolicy: 'Always',
      terminationGracePeriodSeconds: 30,
      containers: [container('web'), container('proxy')],
      volumes: [{ name: 'config', configMap: { secretName: app } }],
      tolerations: [{ key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute' }],
    },
    status: {
      phase: 'Running',
      conditions: ['PodScheduled', 'Ready'].map((type) => ({
        type,
        status: 'True',
        lastTransitionTime: '2026-11-24T02:03:04Z',
      })),
    },
  };
}
