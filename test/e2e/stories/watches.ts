/** The watches under stress: whatever happens to the API server, what the program knows is what is there. */
import { writeFileSync } from 'node:fs';
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
      ({ verb, resource, path }) => verb === 'list' && /^(pods|nodes)$/.test(resource) && !/[sS]elector/.test(path),
    ).length;
}

const compaction: Story = {
  name: 'etcd is compacted while the program is cut off (410 Gone)',
  async run(stage) {
    const [replica] = stage.world.replicas;
    if (replica === undefined) throw new Error('a replica runs');
    replica.cable.cut();
    await changeBehindItsBack(stage);
    for (let round = 0; round < 3; round++) await stage.scale('unseen', 4 + round);
    // The server's own memory of changes would hide it: the new server has none but etcd's.
    await stage.world.plane.stopApiServer('orderly');
    await stage.world.plane.compact();
    await stage.world.plane.startApiServer();
    const listsBefore = wholeLists(stage);
    replica.cable.mend();
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
    writeFileSync(replica.tokenPath, stage.world.plane.tokens['autoscaler-c']);
    await stage.world.plane.stopApiServer('orderly');
    stage.world.plane.revoke('autoscaler');
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
    try {
      await stage.create('deployments', deployment('during', 2, { cpu: '3200m' }));
      await stage.within('it is turned away', 30_000, () => stage.world.audit().some(({ status }) => status === 429));
      await stage.holds('the program goes on while it is turned away', 3000, () =>
        stage.world.replicas.every((replica) => replica.process.isRunning),
      );
    } finally {
      await admin.delete(flowPath('flowschemas'));
      await admin.delete(flowPath('prioritylevelconfigurations'));
    }
    await stillServes(stage, 'patience');
  },
};

const FLOW_API = '/apis/flowcontrol.apiserver.k8s.io/v1';
const flowPath = (resource: string): string => `${FLOW_API}/${resource}/e2e-narrow`;
/** No seat of its own, none to borrow and no queue: what comes is turned away. */
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

export const watchStories: readonly Story[] = [restart, compaction, slow, rotatedCertificate, expiredToken];
