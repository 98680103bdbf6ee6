/**
 * Judges each deletion of a node at the moment it arrives at Vultr, and each eviction at the moment it arrives at the API
 * server: I2 and I3.
 */
import { controllerOf, isTerminal, keyOf, nodeSpec, podSpec } from '../../sandbox/controllers/shapes.ts';
import type { KubeObject } from '../../sandbox/kubernetes/object.ts';
import { parseTimestamp } from '../../src/runtime/timestamps.ts';
import type { Judged, ResizeJudge } from './resize-judge.ts';

const TO_BE_DELETED = 'ToBeDeletedByClusterAutoscaler';
const SAFE_TO_EVICT = 'cluster-autoscaler.kubernetes.io/safe-to-evict';
const SURGE_EVICTION = 'vke-autoscaler.io/surge-eviction';
const MIRROR = 'kubernetes.io/config.mirror';
/** A pod that should have ended so long ago hangs: nobody can wait for it for ever. */
const STUCK_MS = 30_000;

export class RemovalJudge {
  readonly #judged: Judged;
  readonly #bounds: ResizeJudge;
  /** Of instances. */
  readonly deletedIds = new Set<string>();
  /** How many were asked for. */
  evictions = 0;
  /** Since when each pod has had its node, by uid. Monotonic. */
  readonly #boundAtMs = new Map<string, number>();
  /** When the deletion of each instance last left its client. Monotonic. */
  readonly #sentAtMs = new Map<string, number>();
  /** When each node was last seen to carry the mark, by uid. Monotonic. */
  readonly #markedAtMs = new Map<string, number>();
  readonly #unwatch: readonly (() => void)[];

  constructor(judged: Judged, bounds: ResizeJudge) {
    this.#judged = judged;
    this.#bounds = bounds;
    const { store } = judged.sandbox;
    const watchPods = store.watch('pods', ({ type, object }) => {
      const { uid } = object.metadata;
      if (type === 'DELETED') this.#boundAtMs.delete(uid);
      else if ((podSpec(object).nodeName ?? '') !== '' && !this.#boundAtMs.has(uid))
        this.#boundAtMs.set(uid, judged.clock.monotonic());
    });
    const watchNodes = store.watch('nodes', (event) => {
      const { uid } = event.object.metadata;
      if (event.type === 'DELETED') this.#markedAtMs.delete(uid);
      // Until this change it did, if the one before it set the mark.
      else if (isMarked(event.object) || (event.type === 'MODIFIED' && isMarked(event.previous)))
        this.#markedAtMs.set(uid, judged.clock.monotonic());
    });
    this.#unwatch = [watchPods, watchNodes];
  }

  stop(): void {
    for (const unwatch of this.#unwatch) unwatch();
  }

  /** To be told when a deletion leaves its client: what happens while it is on its way nobody can know. */
  sent(instanceId: string): void {
    this.#sentAtMs.set(instanceId, this.#judged.clock.monotonic());
  }

  /** Carries the deletion out by `deliver`, at once. */
  delete<T>(poolId: string, instanceId: string, deliver: () => T): T {
    const { sandbox, verdicts } = this.#judged;
    const pool = sandbox.cloud.pool(poolId);
    const node = sandbox.store.list('nodes').find((one) => nodeSpec(one).providerID === `vultr://${instanceId}`);
    const sentAtMs = this.#sentAtMs.get(instanceId) ?? Infinity;
    const held = (node === undefined ? [] : this.#heldBy(node)).filter(
      ({ metadata }) => (this.#boundAtMs.get(metadata.uid) ?? 0) <= sentAtMs,
    );
    const answer = deliver();
    if (sandbox.cloud.pool(poolId).closing === pool.closing) return answer;
    const what = `DELETE of ${node?.metadata.name ?? `instance ${instanceId}`} in pool ${pool.label}`;
    if (this.deletedIds.has(instanceId)) verdicts.broken('I3', `${what}: accepted twice`);
    this.deletedIds.add(instanceId);
    if (node !== undefined && !this.#wasMarkedAfter(node, sentAtMs))
      verdicts.broken('I3', `${what}: it does not carry the taint`);
    for (const pod of held) verdicts.broken('I2', `${what}: it holds ${keyOf(pod)}`);
    const { min } = this.#bounds.bounds(poolId);
    if (pool.quantity - 1 < min) verdicts.broken('I1', `${what}: ${pool.quantity} nodes, the minimum is ${min}`);
    return answer;
  }

  /** @param uid - the pod that is meant; another one of that name is not evicted */
  evict(namespace: string, name: string, uid: string): void {
    const { store } = this.#judged.sandbox;
    const pod = store.find('pods', namespace, name);
    if (pod === undefined || (uid !== '' && uid !== pod.metadata.uid)) return;
    this.evictions += 1;
    const node = store.find('nodes', '', podSpec(pod).nodeName ?? '');
    const what = `eviction of ${keyOf(pod)}`;
    if (pod.metadata.annotations?.[SAFE_TO_EVICT] === 'false') this.#broken(`${what}: it is annotated to stay`);
    if (pod.metadata.annotations?.[SURGE_EVICTION] === 'true') this.#broken(`${what}: it was to be replaced first`);
    if (node === undefined || !this.#wasMarked(node)) this.#broken(`${what}: its node does not carry the taint`);
  }

  /** It carries the mark, or did so lately that nobody need have heard of its going. */
  #wasMarked(node: KubeObject): boolean {
    const { clock, stalenessMs } = this.#judged;
    return this.#wasMarkedAfter(node, clock.monotonic() - stalenessMs);
  }

  /** It carries the mark, or did until later than that. */
  #wasMarkedAfter(node: KubeObject, atMs: number): boolean {
    return isMarked(node) || (this.#markedAtMs.get(node.metadata.uid) ?? -Infinity) > atMs;
  }

  #broken(what: string): void {
    this.#judged.verdicts.broken('I2', what);
  }

  #heldBy(node: KubeObject): readonly KubeObject[] {
    const nowMs = this.#judged.clock.now();
    return this.#judged.sandbox.store
      .podsOnNode(node.metadata.name)
      .filter((pod) => !isTerminal(pod) && controllerOf(pod)?.kind !== 'DaemonSet')
      .filter(({ metadata }) => metadata.annotations?.[MIRROR] === undefined)
      .filter(
        ({ metadata: { deletionTimestamp: gone } }) => (parseTimestamp(gone ?? '') ?? Infinity) > nowMs - STUCK_MS,
      );
  }
}

function isMarked(node: KubeObject): boolean {
  return nodeSpec(node).taints?.some(({ key }) => key === TO_BE_DELETED) ?? false;
}
