/**
 * The DaemonSet controller: one pod on each node that the template selects and whose taints it tolerates, tied to the node
 * by affinity, with the tolerations that the real controller adds. Looks at one (DaemonSet, node) pair at a time.
 */
import type { KubeObject, StoreEvent } from '../kubernetes/object.ts';
import { podFromTemplate, scaledValue, templateHash } from './pod-template.ts';
import { type NodeIdentity, matchesNodeAffinity, untoleratedTaint } from './selectors.ts';
import {
  type PodSpec,
  type Toleration,
  isReady,
  isTerminal,
  keyOf,
  namespaceOf,
  nodeSpec,
  podSpec,
  workloadSpec,
} from './shapes.ts';
import { type ControllerContext, splitKey, updateStatus } from './workload-controller.ts';
import { WorkQueue } from './work-queue.ts';

const REVISION_LABEL = 'controller-revision-hash';
/** A status counts all nodes, so it is written at most once a second. */
const STATUS_DELAY_MS = 1000;
/** Between a (DaemonSet, node) pair's parts in a queue key; in no name. */
const SEPARATOR = ' ';

/** Tolerated by every DaemonSet pod: a daemon stays on a node that is in trouble or cordoned. */
const DAEMON_TOLERATIONS: readonly Toleration[] = [
  { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute' },
  { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute' },
  { key: 'node.kubernetes.io/disk-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/memory-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/pid-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/unschedulable', operator: 'Exists', effect: 'NoSchedule' },
];
const HOST_NETWORK_TOLERATION: Toleration = {
  key: 'node.kubernetes.io/network-unavailable',
  operator: 'Exists',
  effect: 'NoSchedule',
};

export function startDaemonSetController(context: ControllerContext): { stop(): void } {
  const controller = new DaemonSetController(context);
  return { stop: () => controller.stop() };
}

class DaemonSetController {
  readonly #context: ControllerContext;
  readonly #daemonSets = new Map<string, KubeObject>();
  readonly #nodes = new Map<string, KubeObject>();
  /** The pods of each (DaemonSet, node) pair, by key. */
  readonly #pods = new Map<string, Map<string, KubeObject>>();
  readonly #places: WorkQueue;
  readonly #statuses: WorkQueue;
  readonly #unwatch: readonly (() => void)[];

  constructor(context: ControllerContext) {
    const { store, clock, timing } = context;
    const queue = { clock, delayMs: timing.reconcileMs };
    this.#context = context;
    this.#places = new WorkQueue({ ...queue, reconcile: (key) => this.#reconcilePlace(key) });
    this.#statuses = new WorkQueue({ clock, delayMs: STATUS_DELAY_MS, reconcile: (key) => this.#reconcileSet(key) });
    this.#unwatch = [
      store.watch('nodes', (event) => this.#onNode(event)),
      store.watch('daemonsets', (event) => this.#onDaemonSet(event)),
    ];
    context.ownedPods.onChange((owner, event) => {
      if (owner.kind === 'DaemonSet') this.#onPod(owner.key, event);
    });
  }

  stop(): void {
    for (const end of this.#unwatch) end();
    this.#places.stop();
    this.#statuses.stop();
  }

  #onNode(event: StoreEvent): void {
    const { name } = event.object.metadata;
    if (event.type === 'DELETED') this.#nodes.delete(name);
    else this.#nodes.set(name, event.object);
    if (event.type === 'MODIFIED' && placePart(event.object) === placePart(event.previous)) return;
    for (const key of this.#daemonSets.keys()) {
      this.#places.touch(key + SEPARATOR + name);
      this.#statuses.touch(key);
    }
  }

  #onPod(setKey: string, { type, object }: StoreEvent): void {
    const place = setKey + SEPARATOR + nodeOf(object);
    const pods = this.#pods.get(place) ?? new Map<string, KubeObject>();
    if (type === 'DELETED') pods.delete(keyOf(object));
    else pods.set(keyOf(object), object);
    if (pods.size === 0) this.#pods.delete(place);
    else this.#pods.set(place, pods);
    this.#places.touch(place);
    this.#statuses.touch(setKey);
  }

  #onDaemonSet(event: StoreEvent): void {
    const key = keyOf(event.object);
    if (event.type === 'DELETED') {
      this.#daemonSets.delete(key);
      return;
    }
    this.#daemonSets.set(key, event.object);
    if (event.type === 'MODIFIED' && event.object.metadata.generation === event.previous.metadata.generation) return;
    for (const name of this.#nodes.keys()) this.#places.touch(key + SEPARATOR + name);
    this.#statuses.touch(key);
  }

  #reconcilePlace(place: string): void {
    const at = place.indexOf(SEPARATOR);
    const set = this.#daemonSets.get(place.slice(0, at));
    const node = this.#nodes.get(place.slice(at + 1));
    if (set === undefined || node === undefined) return;
    const { store } = this.#context;
    const pods = [...(this.#pods.get(place)?.values() ?? [])];
    const spec = daemonSpec(set);
    const [kept] = pods;
    if (kept === undefined) {
      if (shouldRun(spec, node)) store.create('pods', newDaemonPod(set, spec, node));
      return;
    }
    const surplus = shouldStay(spec, node) && !isTerminal(kept) ? pods.slice(1) : pods;
    for (const pod of surplus) this.#remove(pod);
  }

  /** Replaces pods of an older template, at most maxUnavailable at a time, and writes the status. */
  #reconcileSet(key: string): void {
    const set = this.#daemonSets.get(key);
    if (set === undefined || this.#context.store.find('daemonsets', ...splitKey(key)) === undefined) return;
    const spec = daemonSpec(set);
    const pods = this.#context.ownedPods.of(set.metadata.uid);
    const wanted = [...this.#nodes.values()].filter((node) => shouldRun(spec, node)).length;
    const ready = pods.filter(isReady);
    const revision = templateHash(workloadSpec(set).template);
    const outdated = pods.filter((pod) => pod.metadata.labels?.[REVISION_LABEL] !== revision);
    const { type, rollingUpdate } = workloadSpec(set).updateStrategy ?? {};
    if (type !== 'OnDelete' && outdated.length > 0) {
      const unavailable = scaledValue(rollingUpdate?.maxUnavailable ?? 1, wanted, Math.ceil);
      const room = Math.max(0, unavailable - (pods.length - ready.length));
      for (const pod of outdated.filter((one) => !isReady(one))) this.#remove(pod);
      for (const pod of outdated.filter(isReady).slice(0, room)) this.#remove(pod);
    }
    updateStatus(this.#context.store, 'daemonsets', set, {
      observedGeneration: set.metadata.generation,
      desiredNumberScheduled: wanted,
      currentNumberScheduled: pods.length,
      updatedNumberScheduled: pods.length - outdated.length,
      numberMisscheduled: 0,
      numberReady: ready.length,
      numberAvailable: ready.length,
      numberUnavailable: Math.max(0, wanted - ready.length),
    });
  }

  #remove(pod: KubeObject): void {
    if (pod.metadata.deletionTimestamp !== undefined) return;
    this.#context.store.delete('pods', namespaceOf(pod), pod.metadata.name, { uid: pod.metadata.uid });
  }
}

/** What of a node decides where daemons run. */
function placePart(node: KubeObject): string {
  return JSON.stringify([node.metadata.labels, nodeSpec(node).taints]);
}

/** The template's pod spec with the tolerations that every daemon has. */
function daemonSpec(set: KubeObject): PodSpec {
  const spec = workloadSpec(set).template?.spec ?? {};
  const network = spec['hostNetwork'] === true ? [HOST_NETWORK_TOLERATION] : [];
  return { ...spec, tolerations: [...(spec.tolerations ?? []), ...DAEMON_TOLERATIONS, ...network] };
}

function shouldRun(spec: PodSpec, node: KubeObject): boolean {
  return (
    matchesNodeAffinity(spec, identityOf(node)) &&
    untoleratedTaint(spec.tolerations, nodeSpec(node).taints) === undefined
  );
}

/** A daemon that runs is driven away by NoExecute taints only. */
function shouldStay(spec: PodSpec, node: KubeObject): boolean {
  const driving = (nodeSpec(node).taints ?? []).filter((taint) => taint.effect === 'NoExecute');
  return matchesNodeAffinity(spec, identityOf(node)) && untoleratedTaint(spec.tolerations, driving) === undefined;
}

function identityOf(node: KubeObject): NodeIdentity {
  return { name: node.metadata.name, labels: node.metadata.labels ?? {} };
}

/** The pod for one node: bound there by affinity on the node's name, in every term that the template has. */
function newDaemonPod(set: KubeObject, spec: PodSpec, node: KubeObject): ReturnType<typeof podFromTemplate> {
  const { template } = workloadSpec(set);
  const onNode = { key: 'metadata.name', operator: 'In', values: [node.metadata.name] };
  const own = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  const nodeSelectorTerms = (own ?? [{}]).map((term) => ({ ...term, matchFields: [onNode] }));
  const affinity = {
    ...spec.affinity,
    nodeAffinity: {
      ...spec.affinity?.nodeAffinity,
      requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms },
    },
  };
  const labels = { [REVISION_LABEL]: templateHash(template) };
  return podFromTemplate(set, { ...template, spec: { ...spec, affinity } }, { labels });
}

/** The node that a daemon pod is for, bound or not. */
function nodeOf(pod: KubeObject): string {
  const { nodeName = '', affinity } = podSpec(pod);
  if (nodeName !== '') return nodeName;
  const terms = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  return terms?.[0]?.matchFields?.[0]?.values?.[0] ?? '';
}
