/** Nodes that are no longer needed, and how they go. */
import { podSpec } from '../../../sandbox/controllers/shapes.ts';
import { objectPath } from '../machinery/paths.ts';
import { deployment, disruptionBudget } from '../machinery/workloads.ts';
import type { Stage, Story } from '../story.ts';

const SETTLE_TIMEOUT_MS = 120_000;

async function backToOneNode(stage: Stage): Promise<void> {
  const { cloud } = stage.world;
  await stage.within('the pool is back at its minimum', SETTLE_TIMEOUT_MS, () => cloud.pool('workers').quantity === 1);
  await stage.within('the removed nodes are gone from the API', 30_000, () => stage.nodesOf('workers') === 1);
}

const emptyNodes: Story = {
  name: 'empty nodes go',
  async run(stage) {
    await stage.create('deployments', deployment('batch', 30, { cpu: '900m' }));
    await stage.within('30 pods run', SETTLE_TIMEOUT_MS, () => stage.running().length === 30);
    const grown = stage.world.cloud.pool('workers').quantity;
    stage.check('the pool grew', grown >= 8, `${grown} nodes`);
    await stage.scale('batch', 0);
    await backToOneNode(stage);
    const byQuantity = stage.world.cloud.resizes().filter(({ body }) => /"node_quantity":1\b/.test(body));
    stage.check('no pool was shrunk by its quantity: each node was deleted by its id', byQuantity.length === 0);
  },
};

const guardedDrain: Story = {
  name: 'a drain guarded by a PodDisruptionBudget',
  async run(stage) {
    const { admin } = stage.world.plane;
    await stage.create('deployments', deployment('shop', 12, { cpu: '900m' }));
    await stage.create('poddisruptionbudgets', disruptionBudget('shop', 11));
    await stage.within('12 pods run', SETTLE_TIMEOUT_MS, () => stage.running().length === 12);
    const before = stage.nodesOf('workers');
    // Smaller requests by a new template would be a rollout; fewer pods leave nodes half empty.
    await stage.world.plane.admin.patch(objectPath('poddisruptionbudgets', stage.namespace, 'shop'), {
      spec: { minAvailable: 5 },
    });
    await stage.scale('shop', 6);
    let fewestReady = Infinity;
    const unwatch = stage.world.store.watch('pods', () => {
      const ready = stage.running().filter(({ metadata }) => metadata.deletionTimestamp === undefined).length;
      if (stage.pods().length > 0) fewestReady = Math.min(fewestReady, ready);
    });
    await stage.within('the nodes are fewer', SETTLE_TIMEOUT_MS, () => stage.nodesOf('workers') < before);
    await stage.within('the six pods run on at most three nodes', SETTLE_TIMEOUT_MS, () => {
      const nodes = new Set(stage.bound().map((one) => podSpec(one).nodeName));
      return stage.running().length === 6 && nodes.size <= 3 && stage.nodesOf('workers') <= 3;
    });
    unwatch();
    const budget = await admin.get(objectPath('poddisruptionbudgets', stage.namespace, 'shop'));
    stage.check('the budget is healthy at the end', Number(budget.status?.['currentHealthy']) >= 5);
    stage.check('never fewer than five of them ran', fewestReady >= 5, fewestReady);
  },
};

const neverAllowed: Story = {
  name: 'a budget that allows nothing keeps its node',
  async run(stage) {
    await stage.create('deployments', deployment('stubborn', 4, { cpu: '1900m' }));
    await stage.create('poddisruptionbudgets', disruptionBudget('stubborn', 4));
    await stage.within('four pods run', SETTLE_TIMEOUT_MS, () => stage.running().length === 4);
    const uids = new Set(stage.running().map(({ metadata }) => metadata.uid));
    await stage.holds('none of them is evicted', 12_000, () =>
      stage.pods().every(({ metadata }) => uids.has(metadata.uid) && metadata.deletionTimestamp === undefined),
    );
  },
};

const rolloutDuringDrain: Story = {
  name: 'a rollout during a drain',
  async run(stage) {
    await stage.create('deployments', deployment('site', 20, { cpu: '800m' }));
    await stage.within('20 pods run', SETTLE_TIMEOUT_MS, () => stage.running().length === 20);
    await stage.scale('site', 8);
    const tainted = (): boolean =>
      stage.world.store
        .list('nodes')
        .some((node) => JSON.stringify(node.spec?.['taints'] ?? []).includes('ToBeDeletedByClusterAutoscaler'));
    await stage.within('a node is being removed', SETTLE_TIMEOUT_MS, tainted);
    await stage.world.plane.admin.patch(objectPath('deployments', stage.namespace, 'site'), {
      spec: { template: { metadata: { annotations: { version: '2' } } } },
    });
    await stage.within('the rollout completes: 8 pods of the new template run', SETTLE_TIMEOUT_MS, async () => {
      const site = await stage.world.plane.admin.get(objectPath('deployments', stage.namespace, 'site'));
      const { observedGeneration, updatedReplicas, availableReplicas } = site.status ?? {};
      return (
        observedGeneration === site.metadata.generation &&
        updatedReplicas === 8 &&
        availableReplicas === 8 &&
        stage.running().length === 8
      );
    });
    await stage.within('the pool shrinks to what they need', SETTLE_TIMEOUT_MS, () => stage.nodesOf('workers') <= 3);
    stage.check('all eight still run', stage.running().length >= 7, stage.running().length);
  },
};

export const scaleDownStories: readonly Story[] = [emptyNodes, guardedDrain, neverAllowed, rolloutDuringDrain];
