/** Pods that wait, and the nodes that come for them. */
import { VirtualClock } from '../../../sandbox/time/virtual-clock.ts';
import { Triggers } from '../../../src/loop/triggers.ts';
import { podSpec } from '../../../sandbox/controllers/shapes.ts';
import { type PodTemplate, deployment, pod, statefulSetWithVolumes } from '../machinery/workloads.ts';
import type { Stage, Story } from '../story.ts';

const BOUND_TIMEOUT_MS = 120_000;
const ENTERPRISE_SIZED = '900m';

/** All of the story's pods run on nodes. */
async function allRun(stage: Stage, count: number, timeoutMs = BOUND_TIMEOUT_MS): Promise<void> {
  await stage.within(
    `${count} pods are bound by the scheduler and run`,
    timeoutMs,
    () => stage.running().length === count,
  );
}

const scaledTo200: Story = {
  name: 'a Deployment is scaled to 200',
  async run(stage) {
    const { cloud } = stage.world;
    await stage.create('deployments', deployment('web', 1, { cpu: '500m' }));
    await stage.within('one pod fits on the node that is there', 20_000, () => stage.running().length === 1);
    stage.check('no node was asked for', cloud.pool('workers').quantity === 1);
    const writesBefore = cloud.resizes().length;
    const reported = schedulerReports(stage);
    await stage.scale('web', 200);
    await allRun(stage, 200);
    const { quantity, maxNodes } = cloud.pool('workers');
    // 3.9 CPUs a node without the network's 250m: 7 pods of 500m, of which the add-ons take one on the first node.
    stage.check('no more nodes than the pods need, but for two', quantity <= 31, `${quantity} nodes`);
    stage.check('the pool kept within its maximum', quantity <= maxNodes);
    const resizes = cloud.resizes().length - writesBefore;
    const moments = reported.end();
    const passes = await passesOn(moments);
    stage.check(
      'the burst was answered by five resizes at most, or by two more than the passes that its pauses make due',
      resizes <= Math.max(FEW_RESIZES, passes + 2),
      `${resizes} PATCHes, ${passes} passes due; the scheduler reported the pods within ${((moments.at(-1) ?? 0) / 1000).toFixed(1)} s`,
    );
  },
};

/** Where one pod comes well before the others: after 0.1, 0.6, 1.6, 3.6 and 5.6 s (src/loop/burst.ts). */
const FEW_RESIZES = 5;

/** When the scheduler reports the story's pods as unschedulable, each for the first time: in ms since the first. */
function schedulerReports(stage: Stage): { end(): readonly number[] } {
  const reported = new Map<string, number>();
  const unwatch = stage.world.store.watch('pods', ({ object: { metadata, status } }) => {
    const isReported = JSON.stringify(status?.['conditions'] ?? []).includes('"Unschedulable"');
    if (metadata.namespace !== stage.namespace || !isReported || reported.has(metadata.uid)) return;
    reported.set(metadata.uid, performance.now());
  });
  return {
    end() {
      unwatch();
      const [first = 0] = reported.values();
      return Array.from(reported.values(), (moment) => moment - first);
    },
  };
}

/** How many passes are due on pods that are reported at these moments. */
async function passesOn(moments: readonly number[]): Promise<number> {
  const clock = new VirtualClock();
  const triggers = new Triggers(clock, { scanIntervalMs: HOUR_MS, settleWindowMs: SETTLE_WINDOW_MS });
  for (const moment of moments) clock.setTimer(moment, () => triggers.note('pod-unschedulable'));
  let passes = 0;
  const stop = new AbortController();
  const ended = (async () => {
    while ((await triggers.next(stop.signal)).length > 0) passes += 1;
  })();
  await clock.run(clock.now() + HOUR_MS / 2);
  stop.abort();
  await ended;
  return passes;
}

const HOUR_MS = 3_600_000;
/** What --settle-window is unless set. */
const SETTLE_WINDOW_MS = 100;

const spread: Story = {
  name: 'pods spread over host names',
  async run(stage) {
    const constraint = {
      maxSkew: 1,
      topologyKey: 'kubernetes.io/hostname',
      whenUnsatisfiable: 'DoNotSchedule',
      labelSelector: { matchLabels: { app: 'even' } },
      // A pool that grows for others is no domain yet while its new nodes are tainted.
      nodeTaintsPolicy: 'Honor',
    };
    const template: PodTemplate = { cpu: ENTERPRISE_SIZED, spec: { topologySpreadConstraints: [constraint] } };
    await stage.create('deployments', deployment('even', 9, template));
    await allRun(stage, 9);
    // Which node came first decides who is where; how many there are does not depend on it.
    const nodes = new Set(stage.bound().map((one) => podSpec(one).nodeName));
    stage.check('three to a node: on three nodes', nodes.size === 3);
    const { quantity } = stage.world.cloud.pool('workers');
    stage.check('no node was asked for beyond these', quantity === 3, `${quantity} nodes`);
  },
};

const apart: Story = {
  name: 'pods that keep apart (anti-affinity)',
  async run(stage) {
    const term = { labelSelector: { matchLabels: { app: 'apart' } }, topologyKey: 'kubernetes.io/hostname' };
    const affinity = { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } };
    await stage.create('deployments', deployment('apart', 6, { cpu: '100m', spec: { affinity } }));
    await allRun(stage, 6);
    const nodes = new Set(stage.bound().map((one) => podSpec(one).nodeName));
    stage.check('each is on a node of its own', nodes.size === 6);
    const { quantity } = stage.world.cloud.pool('workers');
    stage.check('the pool has one node for each, not more than one besides', quantity <= 7, `${quantity} nodes`);
  },
};

const volumes: Story = {
  name: 'a StatefulSet with volumes (WaitForFirstConsumer, CSI topology region)',
  async run(stage) {
    await stage.create('statefulsets', statefulSetWithVolumes('db', 6, { cpu: '1500m' }));
    await allRun(stage, 6);
    const claims = stage.world.store.list('persistentvolumeclaims', stage.namespace);
    stage.check('six claims are bound', claims.filter(({ status }) => status?.['phase'] === 'Bound').length === 6);
    stage.check(
      'they fit two to a node, and the pool grew so',
      stage.world.cloud.pool('workers').quantity <= 5,
      `${stage.world.cloud.pool('workers').quantity} nodes`,
    );
  },
};

const gpu: Story = {
  name: 'pods that need a GPU',
  async run(stage) {
    const wanting: PodTemplate = {
      cpu: '500m',
      spec: { tolerations: [{ key: 'nvidia.com/gpu', operator: 'Exists' }] },
      container: { resources: { requests: { cpu: '500m' }, limits: { 'nvidia.com/gpu': 1 } } },
    };
    const others = stage.world.cloud.pool('workers').quantity;
    await stage.create('deployments', deployment('train', 3, wanting));
    await allRun(stage, 3);
    stage.check('they are on the GPU pool', [...stage.poolsUsed()].join() === 'gpus');
    stage.check('it has a node for each of them', stage.world.cloud.pool('gpus').quantity === 3);
    stage.check('no other pool grew for them', stage.world.cloud.pool('workers').quantity <= others);
  },
};

const neverFit: Story = {
  name: 'pods that never fit',
  async run(stage) {
    const resizes = stage.world.cloud.resizes().length;
    await stage.create('pods', pod('huge', { cpu: '64' }));
    await stage.create('pods', pod('elsewhere', { cpu: '100m', spec: { nodeSelector: { planet: 'mars' } } }));
    for (const name of ['huge', 'elsewhere']) {
      await stage.within(`the event NotTriggerScaleUp tells ${name} why`, 20_000, async () =>
        (await stage.events('NotTriggerScaleUp')).some(({ metadata }) => metadata.name.startsWith(name)),
      );
    }
    const [why] = await stage.events('NotTriggerScaleUp');
    stage.check(
      'the event names the reason',
      /Insufficient|affinity|selector/.test(String(why?.['message'])),
      String(why?.['message']),
    );
    await stage.holds('nothing is asked of Vultr for them', 5000, () => stage.world.cloud.resizes().length === resizes);
  },
};

const tenThousand: Story = {
  name: '10,000 pods at once',
  async run(stage) {
    const { cloud } = stage.world;
    await stage.create('deployments', deployment('crowd', 10_000, { cpu: '10m', memory: '16Mi' }));
    await stage.within('all 10,000 are bound', 400_000, () => stage.bound().length === 10_000);
    const { quantity } = cloud.pool('workers');
    // 110 pods a node, of which the add-ons take three on each and three more on one: 94 nodes hold 10,000.
    stage.check(
      'so many nodes as 107 pods a node need, but for three',
      quantity >= 94 && quantity <= 97,
      `${quantity} nodes`,
    );
  },
};

export const scaleUpStories: readonly Story[] = [scaledTo200, spread, apart, volumes, gpu, neverFit];
export const crowdStories: readonly Story[] = [tenThousand];
