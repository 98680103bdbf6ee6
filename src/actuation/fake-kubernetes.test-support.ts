/** A Kubernetes whose answers the test holds back, loses or refuses. Left alone it does what is asked at once. */
import type { Cluster } from '../cluster/cluster.ts';
import { podKey } from '../cluster/facts.ts';
import type { Result } from '../runtime/result.ts';
import { success } from '../runtime/result.ts';
import type {
  DeploymentIdentity,
  DeploymentLook,
  EvictionOutcome,
  KubernetesWrites,
  NodeChange,
  NodeIdentity,
  NodeLook,
  NodeWriteOutcome,
  ObjectEvent,
  PodIdentity,
  WriteFailure,
} from './ports.ts';

type Written = Result<NodeWriteOutcome, WriteFailure>;
type Evicted = Result<EvictionOutcome, WriteFailure>;

export class FakeKubernetes implements KubernetesWrites {
  readonly changes: { readonly node: string; readonly change: NodeChange }[] = [];
  readonly evictions: { readonly pod: string; readonly graceSeconds: number }[] = [];
  readonly events: ObjectEvent[] = [];
  /** What happens instead of the change; `undefined`: it is made. */
  onChange: (node: string, change: NodeChange) => Promise<Written> | undefined = () => undefined;
  /** What happens instead of the eviction; `undefined`: granted, and the pod is gone at once. */
  onEvict: (pod: string) => Promise<Evicted> | undefined = () => undefined;
  /** What a look past the watches shows instead; `undefined`: the model, and what it has not heard of. */
  onLook: (node: string) => Promise<Result<NodeLook, WriteFailure>> | undefined = () => undefined;
  /** What is seen of the Deployment of a ReplicaSet of that name. */
  onDeployment: (replicaSet: string) => Result<DeploymentLook, WriteFailure> = () =>
    success({ kind: 'none', why: 'no Deployment keeps it' });
  /** What comes of asking a Deployment to replace its pod. */
  onReplace: (podUid: string) => Result<void, WriteFailure> = () => success(undefined);
  /** The uids of pods whose replacement was asked for. */
  readonly replaced: string[] = [];
  unheardPods: readonly PodIdentity[] = [];
  /** Provider ids. */
  unheardNodes: readonly string[] = [];
  readonly #cluster: Cluster;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  changeNode(node: NodeIdentity, change: NodeChange): Promise<Written> {
    this.changes.push({ node: node.name, change });
    return this.onChange(node.name, change) ?? Promise.resolve(this.make(node, change));
  }

  /** Makes the change and lets the model hear of it. */
  make(node: { readonly name: string }, change: NodeChange): Written {
    const slot = this.#cluster.slotOf(node.name);
    if (slot === undefined) return success({ kind: 'gone' });
    const facts = this.#cluster.node(slot);
    const taints = facts.taints.filter(({ key }) => !(change.removeTaintKeys ?? []).includes(key));
    const annotations: Record<string, string> = { ...facts.annotations };
    for (const [key, value] of Object.entries(change.annotations ?? {})) {
      if (value === null) delete annotations[key];
      else annotations[key] = value;
    }
    const unschedulable = change.unschedulable ?? facts.unschedulable;
    const changed = { ...facts, taints: [...taints, ...(change.addTaints ?? [])], annotations, unschedulable };
    this.#cluster.apply({ kind: 'node', node: changed });
    return success({ kind: 'changed' });
  }

  evictPod(pod: PodIdentity, graceSeconds: number): Promise<Evicted> {
    this.evictions.push({ pod: podKey(pod), graceSeconds });
    const instead = this.onEvict(podKey(pod));
    if (instead !== undefined) return instead;
    this.#cluster.apply({ kind: 'pod-gone', ...pod });
    return Promise.resolve(success({ kind: 'evicted' }));
  }

  lookAtNode(node: NodeIdentity): Promise<Result<NodeLook, WriteFailure>> {
    return this.onLook(node.name) ?? Promise.resolve(success(this.#look(node)));
  }

  registeredProviderIDs(): Promise<Result<ReadonlySet<string>, WriteFailure>> {
    const nodes = this.#cluster.nodeSlots().map((slot) => this.#cluster.node(slot).providerID);
    return Promise.resolve(success(new Set([...nodes, ...this.unheardNodes])));
  }

  deploymentOf({ name }: { readonly name: string }): Promise<Result<DeploymentLook, WriteFailure>> {
    return Promise.resolve(this.onDeployment(name));
  }

  replacePod(_deployment: DeploymentIdentity, podUid: string): Promise<Result<void, WriteFailure>> {
    this.replaced.push(podUid);
    return Promise.resolve(this.onReplace(podUid));
  }

  #look(node: NodeIdentity): NodeLook {
    const slot = this.#cluster.slotOf(node.name);
    if (slot === undefined || this.#cluster.node(slot).uid !== node.uid) return { kind: 'gone' };
    const pods = [...this.#cluster.podsOn(slot).values(), ...this.unheardPods].map((pod) => {
      return { uid: pod.uid, key: podKey(pod) };
    });
    return { kind: 'there', taintKeys: this.#cluster.node(slot).taints.map(({ key }) => key), pods };
  }

  recordEvent(event: ObjectEvent): void {
    this.events.push(event);
  }

  /** `Reason on object: message`, for what was told. */
  told(): string[] {
    return this.events.map(({ object, reason }) => `${reason} on ${object.kind === 'status' ? 'status' : object.name}`);
  }
}

export function refusal(
  message = 'Cannot evict pod as it would violate the pod’s disruption budget.',
): Promise<Evicted> {
  return Promise.resolve(success({ kind: 'refused', message, retryAfterMs: 10_000 }));
}
