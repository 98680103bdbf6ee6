/** Somebody edits node pools in Vultr's console while the program runs. */
import { deployment } from '../machinery/workloads.ts';
import type { Story } from '../story.ts';

const raisedMaximum: Story = {
  name: 'a pool’s maximum is raised in the console',
  async run(stage) {
    const { cloud } = stage.world;
    const { id } = cloud.pool('small');
    const template = {
      cpu: '600m',
      spec: {
        nodeSelector: { 'vke.vultr.com/node-pool': 'small' },
        tolerations: [{ key: 'dedicated', operator: 'Exists' }],
      },
    };
    await stage.create('deployments', deployment('tight', 6, template));
    await stage.within('the pool is at its maximum of two', 60_000, () => cloud.pool('small').quantity === 2);
    await stage.within('a waiting pod is told that the pool is at its maximum', 30_000, async () =>
      (await stage.events('NotTriggerScaleUp')).some(({ message }) => /max/.test(String(message))),
    );
    await stage.holds('it stays there', 3000, () => cloud.pool('small').quantity === 2);
    cloud.vultr.changePool(id, { maxNodes: 6 });
    await stage.within('after the edit all pods run', 120_000, () => stage.running().length === 6);
    stage.check('within the new maximum', cloud.pool('small').quantity <= 6, cloud.pool('small').quantity);
  },
};

const raisedByHand: Story = {
  name: 'somebody adds nodes by hand',
  async run(stage) {
    const { cloud } = stage.world;
    const before = cloud.resizes().length;
    cloud.vultr.changePool(cloud.pool('workers').id, { quantity: cloud.pool('workers').quantity + 3 });
    await stage.within('their nodes are there', 30_000, () => stage.nodesOf('workers') === 4);
    // Each is as large as a node, and the first node holds the add-ons: two need nodes that came by hand.
    await stage.create('deployments', deployment('large', 3, { cpu: '2500m' }));
    await stage.within('three pods, each on a node of its own, run', 60_000, () => stage.running().length === 3);
    stage.check('nothing was asked of Vultr for them', cloud.resizes().length === before);
    await stage.within('the fourth node is removed as unneeded', 60_000, () => stage.nodesOf('workers') === 3);
    await stage.holds('those that are needed stay', 5000, () => stage.nodesOf('workers') === 3);
  },
};

export const poolStories: readonly Story[] = [raisedMaximum, raisedByHand];
