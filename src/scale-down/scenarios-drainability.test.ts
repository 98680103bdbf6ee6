/** Which pods hold their node: cases of the scenario catalogue (DR, PD) beside those in drainability.test.ts. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type {
  OwnerReference,
  PodDisruptionBudgetFacts,
  PodFacts,
  PodSpecFacts,
  VolumeFacts,
} from '../cluster/facts.ts';
import type { PodSketch } from '../cluster/fixtures.test-support.ts';
import { aCluster, aController, aDaemonSetReference, aNode, aPdb, aPod } from '../cluster/fixtures.test-support.ts';
import { DisruptionBudgets } from './disruption-budgets.ts';
import { podsToMove, sortOut } from './drainability.ts';
import { aDrainContext, MINUTE_MS, NOW_MS } from './fixtures.test-support.ts';

const SAFE = 'cluster-autoscaler.kubernetes.io/safe-to-evict';
const CONTROLLERS = [aController('ReplicaSet', 'web'), aController('Job', 'job'), aController('DaemonSet', 'agent')];

/** What becomes of a node’s pods, given in the order in which they came: `p0 moves`, or who blocks and why. */
function outcome(pods: readonly PodSketch[], pdbs: readonly PodDisruptionBudgetFacts[] = []): string {
  const running = pods.map((pod, index) => aPod({ name: `p${index}`, nodeName: 'n', createdAtMs: 1, ...pod }));
  const cluster = aCluster({ nodes: [aNode({ name: 'n' })], pods: running, pdbs, controllers: CONTROLLERS });
  // Pods that have ended are on no node any more: they are sorted out by themselves.
  const ended = running.some(({ phase }) => phase !== 'Running');
  const context = aDrainContext(cluster);
  const sorted = ended ? sortOut(running, context) : podsToMove(cluster, cluster.slotOf('n') ?? -1, context);
  if (sorted.kind === 'blocked') return `${sorted.pod.name} blocks: ${sorted.reason}`;
  const { evict, daemonSet } = sorted;
  return [...evict.map(({ name }) => `${name} moves`), ...daemonSet.map(({ name }) => `${name} stays`)].join(', ');
}

function ownedBy(kind: string, apiVersion: string, name: string): OwnerReference {
  return { kind, apiVersion, name, uid: name };
}

const web: PodSketch = { owner: 'web' };
const inSystem = (ageMs: number): PodSketch => ({ ...web, namespace: 'kube-system', createdAtMs: NOW_MS - ageMs });

describe('pods that hold their node', () => {
  it('DR-08: one that may not move, whoever may', () => {
    assert.equal(outcome([inSystem(61 * MINUTE_MS), inSystem(59 * MINUTE_MS)]), 'p1 blocks: UnmovableKubeSystemPod');
  });

  it('DR-39: a pod of a Job that is not safe to evict', () => {
    const owner = ownedBy('Job', 'batch/v1', 'job');
    assert.equal(outcome([{ owner }]), 'p0 moves');
    assert.equal(outcome([{ owner, annotations: { [SAFE]: 'false' } }]), 'p0 blocks: NotSafeToEvictAnnotation');
  });
});

function ofPhase(phase: PodFacts['phase'], restartPolicy: PodSpecFacts['restartPolicy']): string {
  return outcome([{ phase, spec: { restartPolicy } }]);
}

describe('pods that do not', () => {
  it('DR-24, DR-27, DR-28, DR-68: those that have ended, though nobody would make them anew', () => {
    assert.equal(ofPhase('Failed', 'Never'), 'p0 moves');
    assert.equal(ofPhase('Failed', 'Always'), 'p0 moves');
    assert.equal(ofPhase('Succeeded', 'OnFailure'), 'p0 moves');
    assert.equal(ofPhase('Succeeded', 'Always'), 'p0 blocks: NotReplicated');
    assert.equal(ofPhase('Running', 'Never'), 'p0 blocks: NotReplicated');
  });

  it('DR-32: those of which a budget without a selector says nothing', () => {
    const pdb = aPdb('b', { selector: undefined, namespace: '', disruptionsAllowed: 0 });
    assert.equal(outcome([web], [pdb]), 'p0 moves');
  });

  it('DR-51: one that an annotation makes one of a DaemonSet, whatever its controller is', () => {
    const annotations = { 'cluster-autoscaler.kubernetes.io/daemonset-pod': 'true' };
    const owner = ownedBy('CustomDaemonSet', 'example.com/v1', 'missing');
    assert.equal(outcome([{ owner, annotations }]), 'p0 stays');
  });

  it('DR-57: one that is ending and has its controller', () => {
    assert.equal(outcome([{ ...web, deletion: { atMs: NOW_MS, graceSeconds: 30 } }]), 'p0 moves');
  });

  it('DR-70: one of a DaemonSet in kube-system without a budget', () => {
    assert.equal(outcome([{ ...inSystem(MINUTE_MS), owner: aDaemonSetReference('agent') }]), 'p0 stays');
  });

  it('DR-63: the first rule that has an opinion decides, whatever later ones would say', () => {
    const volumes: VolumeFacts[] = [{ kind: 'hostPath', name: 'data' }];
    assert.equal(outcome([{ ...web, spec: { volumes } }]), 'p0 blocks: LocalStorageRequested');
    assert.equal(outcome([{ ...web, spec: { volumes }, annotations: { [SAFE]: 'true' } }]), 'p0 moves');
  });
});

/** A budget of the pods that are labelled with its name. */
function budget(key: string, disruptionsAllowed: number): PodDisruptionBudgetFacts {
  return aPdb(key, { selector: { requirements: [{ key, operator: 'Exists', values: [] }] }, disruptionsAllowed });
}

function labelled(name: string, ...keys: readonly string[]): PodFacts {
  return aPod({ name, nodeName: 'n', owner: 'web', labels: Object.fromEntries(keys.map((key) => [key, 'x'])) });
}

describe('budgets', () => {
  it('PD-03: with enough of each, pods may go at once; kept safe: not one that two of them cover', () => {
    const budgets = new DisruptionBudgets([budget('a', 2), budget('b', 4)]);
    const apart = [labelled('p1', 'a'), labelled('p2', 'a'), labelled('p3', 'b'), labelled('p4', 'b')];
    assert.deepEqual([budgets.firstRefused(apart), budgets.allowTogether(apart)], [undefined, true]);
    const both = [labelled('p1', 'a', 'b'), labelled('p2', 'a', 'b')];
    assert.equal(budgets.allowTogether(both), true);
    assert.equal(budgets.firstRefused(both)?.pod.name, 'p1');
  });

  it('PD-10: what was heard of a budget last is what counts', () => {
    const cluster = aCluster({ nodes: [aNode({ name: 'n' })], pdbs: [budget('a', 0), budget('b', 0)] });
    const refused = () => new DisruptionBudgets(cluster.podDisruptionBudgets()).firstRefused([labelled('p', 'a')]);
    assert.equal(refused()?.pod.name, 'p');
    cluster.apply({ kind: 'pdb', pdb: budget('a', 1) });
    assert.equal(refused(), undefined);
    cluster.apply({ kind: 'pdb', pdb: budget('a', 0) });
    cluster.apply({ kind: 'pdb-gone', namespace: 'default', name: 'a', uid: 'uid-a' });
    assert.equal(refused(), undefined);
  });
});
