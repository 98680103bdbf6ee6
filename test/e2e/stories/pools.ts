/** Somebody edits node pools in Vultr's console while the program runs. */
import { deployment, pod } from '../machinery/workloads.ts';
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
    cloud.vultr.changePool(cloud.pool('workers').id, { quantity: cloud.pool('workers').quantity + 2 });
    await stage.create('pods', pod('one', { cpu: '3' }));
    await stage.within('a pod takes a node that came by hand', 60_000, () => stage.running().length === 1);
    stage.check('nothing was asked of Vultr for it', cloud.resizes().length === before);
    await stage.within('the other is removed as unneeded', 60_000, () => stage.nodesOf('workers') <= 2);
  },
};

export const poolStories: readonly Story[] = [raisedMaximum, raisedByHand];
