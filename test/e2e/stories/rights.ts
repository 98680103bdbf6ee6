/** What the program may do, and that it does no more; the requests themselves are judged over all stories (play.ts). */
import { podSpec } from '../../../sandbox/controllers/shapes.ts';
import type { KubeObject } from '../../../sandbox/kubernetes/object.ts';
import { deployment, pod } from '../machinery/workloads.ts';
import type { Story } from '../story.ts';

const SINGLES = ['single-1', 'single-2', 'single-3', 'single-4', 'single-5'];

const priorities: Story = {
  name: 'the ConfigMap of priorities is followed',
  async run(stage) {
    const { admin } = stage.world.plane;
    await admin.create('/api/v1/namespaces/kube-system/configmaps', {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'cluster-autoscaler-priority-expander' },
      data: { priorities: '10:\n  - .*workers.*\n' },
    });
    await stage.create('deployments', deployment('prior', 3, { cpu: '3' }));
    await stage.within('three pods run', 60_000, () => stage.running().length === 3);
    stage.check('on the pool of the highest priority', [...stage.poolsUsed()].join() === 'workers');
    await admin.delete('/api/v1/namespaces/kube-system/configmaps/cluster-autoscaler-priority-expander');
  },
};

const surge: Story = {
  name: 'surge evictions: Deployments of one replica that ask for it are replaced before they leave',
  async run(stage) {
    const apart = {
      maxSkew: 1,
      topologyKey: 'kubernetes.io/hostname',
      whenUnsatisfiable: 'ScheduleAnyway',
      labelSelector: { matchLabels: { alone: 'yes' } },
    };
    await stage.create('deployments', deployment('filler', 4, { cpu: '2500m' }));
    await stage.within('the pool grows', 60_000, () => stage.running().length === 4);
    for (const name of SINGLES) {
      await stage.create(
        'deployments',
        deployment(name, 1, {
          cpu: '400m',
          annotations: { 'vke-autoscaler.io/surge-eviction': 'true' },
          labels: { alone: 'yes' },
          spec: { topologySpreadConstraints: [apart] },
        }),
      );
    }
    await stage.within('the single pods run', 60_000, () => stage.running().length === 4 + SINGLES.length);
    stage.check('on several nodes', new Set(stage.bound().map((one) => podSpec(one).nodeName)).size > 2);
    let fewest = SINGLES.length;
    const unwatch = stage.world.store.watch('pods', () => {
      const apps = stage.running().map(({ metadata }) => metadata.labels?.['app'] ?? '');
      fewest = Math.min(fewest, SINGLES.filter((name) => apps.includes(name)).length);
    });
    await stage.scale('filler', 0);
    await stage.within('the pool shrinks', 120_000, () => stage.nodesOf('workers') <= 2);
    await stage.within('each of them runs', 30_000, () => stage.running().length === SINGLES.length);
    unwatch();
    stage.check(
      'none of them was ever without a running pod',
      fewest === SINGLES.length,
      `${fewest} of ${SINGLES.length}`,
    );
    const patched = stage.world.audit().filter(({ verb, resource }) => verb === 'patch' && resource === 'deployments');
    stage.check('a Deployment was asked to replace its pod', patched.length > 0, `${patched.length} patches`);
  },
};

const restarted: Story = {
  name: 'the program is killed in the midst of a scale-up and started again',
  async run(stage) {
    const { cloud, replicas } = stage.world;
    const [replica] = replicas;
    if (replica === undefined) throw new Error('a replica runs');
    await stage.create('pods', pod('hopeless', { cpu: '100m', spec: { nodeSelector: { planet: 'mars' } } }));
    const about = async (): Promise<readonly KubeObject[]> =>
      (await stage.events('NotTriggerScaleUp')).filter(({ metadata }) => metadata.name.startsWith('hopeless.'));
    await stage.within('a pod is told why no node comes for it', 20_000, async () => (await about()).length > 0);
    const toldAt = (await about()).map((event) => String(event['lastTimestamp']));
    await stage.create('deployments', deployment('kept', 6, { cpu: '2500m' }));
    await stage.within('nodes are asked for', 30_000, () => cloud.pool('workers').quantity > 1);
    await replica.kill();
    const again = await stage.world.startReplica(replica.name, replica.flags);
    await stage.within('it leads again when the lease of its former self has run out', 40_000, () =>
      again.says('leading'),
    );
    await stage.scale('kept', 8);
    await stage.within(
      'all eight pods, each as large as a node, run',
      SERVED_TIMEOUT_MS,
      () => stage.running().length === 8,
    );
    const { quantity } = cloud.pool('workers');
    stage.check('no node was asked for twice', quantity <= 9, `${quantity} nodes`);
    const reads = stage.world
      .audit()
      .filter(({ verb, resource, name, status }) => `${verb} ${resource} ${name} ${status}` === READ_STATE);
    stage.check('it read what it had kept in its ConfigMap', reads.length > 0);
    await stage.within('it tells the pod again', 20_000, async () =>
      (await about()).some((event) => !toldAt.includes(String(event['lastTimestamp']))),
    );
    const messages = (await about()).map(({ message }) => message);
    stage.check('in the same event', new Set(messages).size === messages.length, messages.length);
  },
};

/** Less than the half minute for which a pool is left alone of which it is not known what was asked for. */
const SERVED_TIMEOUT_MS = 25_000;
const READ_STATE = 'get configmaps vke-autoscaler-state 200';
const REPEAT_TIMEOUT_MS = 330_000;

const repeated: Story = {
  name: 'a reason that persists is one event that is counted up (after five minutes)',
  async run(stage) {
    const { admin } = stage.world.plane;
    await stage.within(
      'the event about the pod that waits since the beginning was written again',
      REPEAT_TIMEOUT_MS,
      async () => {
        const { items } = await admin.list('/api/v1/namespaces/default/events');
        return items.some((event) => event['reason'] === 'NotTriggerScaleUp' && Number(event['count']) > 1);
      },
    );
    const { items } = await admin.list('/api/v1/namespaces/default/events');
    const messages = items.filter((event) => event['reason'] === 'NotTriggerScaleUp').map(({ message }) => message);
    stage.check('each reason is one object', new Set(messages).size === messages.length, messages.length);
  },
};

const STATUS = '/api/v1/namespaces/kube-system/configmaps/cluster-autoscaler-status';

const ended: Story = {
  name: 'the program is ended in good order',
  async run(stage) {
    const [replica] = stage.world.replicas;
    if (replica === undefined) throw new Error('a replica runs');
    const { admin } = stage.world.plane;
    stage.check('while it leads there is a status ConfigMap', (await admin.find(STATUS)) !== undefined);
    await replica.stop();
    stage.check('its exit code is 0', replica.process.exitCode === 0);
    stage.check('the status ConfigMap is gone', (await admin.find(STATUS)) === undefined);
  },
};

export const rightsStories: readonly Story[] = [priorities, surge];
/** Played late, by the process that has run since the beginning of the act, as its pod has waited. */
export const patientStories: readonly Story[] = [repeated];
/** Last of all: the program is another one, and then runs no more. */
export const lastStories: readonly Story[] = [restarted, ended];
