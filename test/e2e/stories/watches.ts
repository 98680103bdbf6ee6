/** The watches under stress: whatever happens to the API server, what the program knows is what is there. */
import { writeFileSync } from 'node:fs';
import { fillCluster, thinOut } from '../machinery/filler.ts';
import { deployment } from '../machinery/workloads.ts';
import type { Stage, Story } from '../story.ts';

/** Pods that need a node of their own come and get it: the program sees the cluster as it is. */
async function stillServes(stage: Stage, name: string): Promise<void> {
  const before = stage.world.cloud.pool('workers').quantity;
  await stage.create('deployments', deployment(name, 3, { cpu: '3200m' }));
  const mine = (): number => stage.running().filter(({ metadata }) => metadata.labels?.['app'] === name).length;
  await stage.within('three pods, each as large as a node, get nodes', 90_000, () => mine() === 3);
  const { quantity } = stage.world.cloud.pool('workers');
  stage.check('no more than they need', quantity <= Math.max(before, 1) + 3, `${before} -> ${quantity} nodes`);
  await nothingMissed(stage);
}

/** Whatever happened: each change was seen, and what is gone was seen to go. */
async function nothingMissed(stage: Stage): Promise<void> {
  const { witness } = stage.world;
  const differences = await witness.differences();
  stage.check(
    'all that was observed is what a fresh list says',
    differences.length === 0,
    differences.length === 0 ? `${witness.size} objects` : differences.join('; '),
  );
}

/** What changed while nobody could look. */
async function changeBehindItsBack(stage: Stage): Promise<void> {
  await stage.create('deployments', deployment('unseen', 4, { cpu: '1700m' }));
}

const restart: Story = {
  name: 'the API server is killed and started again',
  async run(stage) {
    await stage.world.plane.stopApiServer('crash');
    await stage.world.plane.startApiServer();
    await changeBehindItsBack(stage);
    await stage.within('what was created right after is served', 90_000, () => stage.running().length === 4);
    await stillServes(stage, 'restart');
  },
};

/** Lists of all pods or all nodes; those of one node's pods have a selector. */
function wholeLists(stage: Stage): number {
  return stage.world
    .audit()
    .filter(
      ({ verb, resource, path, replica }) =>
        replica === 'autoscaler' && verb === 'list' && /^(pods|nodes)$/.test(resource) && !/[sS]elector/.test(path),
    ).length;
}

const compaction: Story = {
  name: 'etcd is compacted while the program is cut off (410 Gone)',
  async run(stage) {
    const [replica] = stage.world.replicas;
    if (replica === undefined) throw new Error('a replica runs');
    const { witness } = stage.world;
    for (const { cable } of [replica, witness]) cable.cut();
    await changeBehindItsBack(stage);
    for (let round = 0; round < 3; round++) await stage.scale('unseen', 4 + round);
    // The server's own memory of changes would hide it: the new server has none but etcd's.
    await stage.world.plane.stopApiServer('orderly');
    await stage.world.plane.compact();
    await stage.world.plane.startApiServer();
    const listsBefore = wholeLists(stage);
    for (const { cable } of [replica, witness]) cable.mend();
    await stage.within('the program lists pods and nodes anew', 60_000, () => wholeLists(stage) >= listsBefore + 2);
    await stage.within('the six pods created meanwhile get nodes', 90_000, () => stage.running().length === 6);
    await stillServes(stage, 'compaction');
  },
};

const expiredToken: Story = {
  name: 'the token expires and another is put in its place',
  async run(stage) {
    const [replica] = stage.world.replicas;
    if (replica === undefined) throw new Error('a replica runs');
    const { plane, witness } = stage.world;
    for (const { tokenPath } of [replica, witness]) writeFileSync(tokenPath, plane.tokens['autoscaler-c']);
    await stage.world.plane.stopApiServer('orderly');
    for (const name of ['autoscaler', 'autoscaler-b'] as const) plane.revoke(name);
    await stage.world.plane.startApiServer();
    await stillServes(stage, 'token');
    const refused = stage.world.audit().filter(({ replica: who }) => who === 'autoscaler-c').length;
    stage.check('it goes on with the new one', refused > 0, `${refused} requests`);
  },
};

const rotatedCertificate: Story = {
  name: 'the API server comes back with another certificate authority',
  async run(stage) {
    await stage.world.plane.stopApiServer('orderly');
    stage.world.plane.forgetCertificate();
    await stage.world.plane.startApiServer();
    await stage.world.plane.restartControllers();
    await stillServes(stage, 'certificate');
  },
};

const slow: Story = {
  name: 'priority and fairness turns requests away (429 with Retry-After)',
  async run(stage) {
    const { admin } = stage.world.plane;
    await admin.apply(flowPath('prioritylevelconfigurations'), PRIORITY_LEVEL);
    await admin.apply(flowPath('flowschemas'), FLOW_SCHEMA);
    const neighbours = startNeighbours(stage);
    try {
      await stage.create('deployments', deployment('during', 2, { cpu: '3200m' }));
      await stage.within('the program is turned away', 30_000, () =>
        stage.world.audit().some(({ status, replica }) => status === 429 && replica === 'autoscaler'),
      );
      await stage.holds('it goes on while it is turned away', 3000, () =>
        stage.world.replicas.every((replica) => replica.process.isRunning),
      );
    } finally {
      await neighbours.stop();
      await admin.delete(flowPath('flowschemas'));
      await admin.delete(flowPath('prioritylevelconfigurations'));
    }
    await stage.within('what came meanwhile is served', 60_000, () => stage.running().length === 2);
    await stillServes(stage, 'patience');
  },
};

const NEIGHBOURS = 8;

/** Others with the same account, who list all pods again and again: there is hardly ever a seat. */
function startNeighbours(stage: Stage): { stop(): Promise<void> } {
  const { plane } = stage.world;
  const api = plane.client('autoscaler-c');
  const ending = new AbortController();
  const ask = async (): Promise<void> => {
    while (!ending.signal.aborted) await api.raw('GET', '/api/v1/pods');
  };
  const asking = Array.from({ length: NEIGHBOURS }, ask);
  return {
    async stop() {
      ending.abort();
      await Promise.all(asking);
      await api.close();
    },
  };
}

const LARGE = { nodes: 5000, pods: 50_000 };
const REMOVED_PODS = 5000;
const MEMORY_BAR_MIB = 400;
const MIB = 2 ** 20;

const large: Story = {
  name: '5,000 nodes and 50,000 pods come while the server is killed and etcd is compacted',
  async run(stage) {
    const { plane, replicas } = stage.world;
    const [replica] = replicas;
    if (replica === undefined) throw new Error('a replica runs');
    const filling = fillCluster(() => plane.admin, LARGE);
    await stage.within('20,000 objects are there', 600_000, () => stage.world.witness.size > 20_000);
    await plane.stopApiServer('crash');
    await plane.compact();
    await plane.startApiServer();
    await filling;
    await thinOut(() => plane.admin, LARGE, { fewer: REMOVED_PODS });
    await nothingMissed(stage);
    await stillServes(stage, 'large');
    const mebibytes = Math.round((await replica.residentBytes()) / MIB);
    stage.check(`its memory is bounded by ${MEMORY_BAR_MIB} MiB`, mebibytes <= MEMORY_BAR_MIB, `${mebibytes} MiB`);
  },
};

const FLOW_API = '/apis/flowcontrol.apiserver.k8s.io/v1';
const flowPath = (resource: string): string => `${FLOW_API}/${resource}/e2e-narrow`;
/** No queue, no seat to borrow, and one request at a time, which is what the server lets pass where there are no seats. */
const PRIORITY_LEVEL = {
  apiVersion: 'flowcontrol.apiserver.k8s.io/v1',
  kind: 'PriorityLevelConfiguration',
  metadata: { name: 'e2e-narrow' },
  spec: {
    type: 'Limited',
    limited: {
      nominalConcurrencyShares: 0,
      limitResponse: { type: 'Reject' },
      lendablePercent: 0,
      borrowingLimitPercent: 0,
    },
  },
};
const FLOW_SCHEMA = {
  apiVersion: 'flowcontrol.apiserver.k8s.io/v1',
  kind: 'FlowSchema',
  metadata: { name: 'e2e-narrow' },
  spec: {
    priorityLevelConfiguration: { name: 'e2e-narrow' },
    matchingPrecedence: 50,
    distinguisherMethod: { type: 'ByUser' },
    rules: [
      {
        subjects: [{ kind: 'ServiceAccount', serviceAccount: { namespace: 'kube-system', name: 'vke-autoscaler' } }],
        resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'], clusterScope: true, namespaces: ['*'] }],
      },
    ],
  },
};

/** Last of its act: what it makes stays. */
export const stressStories: readonly Story[] = [large];
export const watchStories: readonly Story[] = [restart, compaction, slow, rotatedCertificate, expiredToken];
