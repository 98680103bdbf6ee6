/**
 * The world of a recorded case as it goes from pass to pass: objects through the product's own decoders into one model,
 * kept up to date event by event, and node groups as the provider would list them.
 *
 * What the autoscaler itself wrote on nodes is kept: the recording leaves it out.
 */
import { Cluster } from '../../../src/cluster/cluster.ts';
import type { ClusterEvent, NodeFacts, Taint } from '../../../src/cluster/facts.ts';
import type { Instance, NodeTemplate } from '../../../src/cloud/facts.ts';
import { Interner } from '../../../src/kubernetes/intern.ts';
import {
  prioritiesKind,
  WATCHED_KINDS,
  type WatchedKind,
  type WatchedKindName,
} from '../../../src/kubernetes/watched-kind.ts';
import type { World } from '../../../src/loop/decide.ts';
import type { NodeGroupState } from '../../../src/node-groups/node-group.ts';
import type { PlannedRemoval, RemovalInFlight } from '../../../src/scale-down/scale-down.ts';
import { groupOptions } from './played-options.ts';
import type { Changes, KubernetesObject, RecordedDecisions, RecordedGroup } from './recorded.ts';

const KINDS: readonly (readonly [string, WatchedKindName])[] = [
  ['nodes', 'nodes'],
  ['daemonSets', 'daemonsets'],
  ['replicaSets', 'replicasets'],
  ['statefulSets', 'statefulsets'],
  ['jobs', 'jobs'],
  ['podDisruptionBudgets', 'poddisruptionbudgets'],
  ['pods', 'pods'],
  ['configMaps', 'configmaps'],
];

const KNOWN_KINDS: readonly WatchedKind[] = [...WATCHED_KINDS, prioritiesKind('kube-system')];

const TO_BE_DELETED = 'ToBeDeletedByClusterAutoscaler';

export class PlayedWorld {
  readonly cluster = new Cluster();
  readonly #interner = new Interner();
  readonly #groups: Map<string, RecordedGroup>;
  readonly #templates = new Map<string, NodeTemplate | undefined>();
  /** Of the nodes and pods that are there, by `kind namespace/name`. */
  readonly #uids = new Map<string, string>();
  readonly #removals = new Map<string, RemovalInFlight>();
  /** Nodes whose marks of an earlier run were taken off. */
  readonly #cleaned = new Set<string>();

  constructor({ id, nodeGroups, objects }: RecordedDecisions) {
    const stranger = Object.keys(objects).find((list) => !KINDS.some(([known]) => known === list));
    if (stranger !== undefined) throw new Error(`${id}: unknown objects ${stranger}`);
    this.#groups = new Map(nodeGroups.map((group) => [group.id, group]));
    for (const group of nodeGroups) this.#templates.set(group.id, this.#templateOf(group));
    for (const [list, kind] of KINDS) for (const object of objects[list] ?? []) this.#set(kind, object);
  }

  /** Brings the world to the start of the next pass. */
  change(changes: Changes): void {
    for (const name of changes.podsRemoved ?? []) this.#remove('pods', name);
    for (const name of changes.nodesRemoved ?? []) {
      this.#remove('nodes', `/${name}`);
      this.#removals.delete(name);
    }
    for (const node of changes.nodesSet ?? []) this.#set('nodes', node);
    for (const pod of changes.podsSet ?? []) this.#set('pods', pod);
    for (const [id, change] of Object.entries(changes.groups ?? {})) {
      const group = this.#groups.get(id);
      if (group === undefined) throw new Error(`there is no group ${id}`);
      this.#groups.set(id, { ...group, ...change });
    }
  }

  /** The autoscaler has begun to remove the node. */
  startRemoval({ node, empty }: Pick<PlannedRemoval, 'node' | 'empty'>, nowMs: number): void {
    this.#removals.set(node, { node, step: 'deleting', drains: !empty });
    const slot = this.cluster.slotOf(node);
    if (slot === undefined) return;
    const taint: Taint = { key: TO_BE_DELETED, value: String(Math.floor(nowMs / 1000)), effect: 'NoSchedule' };
    const facts = this.cluster.node(slot);
    this.cluster.apply({ kind: 'node', node: { ...facts, taints: [...facts.taints, taint], unschedulable: true } });
  }

  /** What an autoscaler does at its start, seen by its second pass: marks of removals that nobody is at come off. */
  takeOffLeftovers(): void {
    for (const slot of this.cluster.nodeSlots()) {
      const node = this.cluster.node(slot);
      if (this.#removals.has(node.name) || !node.taints.some(({ key }) => key === TO_BE_DELETED)) continue;
      this.#cleaned.add(node.name);
      this.cluster.apply({ kind: 'node', node: withoutMarks(node) });
    }
  }

  /** By the instances that the provider lists; `undefined`: the node is in none. */
  groupOf(node: string): string | undefined {
    return [...this.#groups.values()].find(({ instances }) => instances.some((one) => one.node === node))?.id;
  }

  refusesIncrease(groupId: string): boolean {
    return this.#groups.get(groupId)?.increaseFails === true;
  }

  groupStates(): readonly NodeGroupState[] {
    return [...this.#groups.values()].map((group) => this.#stateOf(group));
  }

  world(): World {
    return { cluster: this.cluster, groups: this.groupStates(), removals: [...this.#removals.values()] };
  }

  #stateOf(group: RecordedGroup): NodeGroupState {
    const template = this.#templates.get(group.id);
    return {
      id: group.id,
      name: group.id,
      minSize: group.min,
      maxSize: group.max,
      targetSize: group.target,
      instances: group.instances.map(instanceOf),
      template,
      templateProblem: template === undefined ? 'the provider has no template' : '',
      pricePerHour: group.pricePerHour,
      resizing: false,
      options: groupOptions(group.options ?? {}),
    };
  }

  #templateOf({ id, template }: RecordedGroup): NodeTemplate | undefined {
    if (template === undefined) return undefined;
    const object = { ...template, metadata: { ...template.metadata, uid: `template-${id}`, resourceVersion: '1' } };
    const { event } = this.#decoded('nodes', object);
    if (event.kind !== 'node') throw new Error(`the template of ${id} is no node`);
    const { labels, taints, capacity, allocatable } = event.node;
    return { labels, taints, capacity, allocatable, source: 'plan-default' };
  }

  #set(kind: WatchedKindName, object: KubernetesObject): void {
    const { namespace, name, uid = name } = object.metadata;
    const { event } = this.#decoded(kind, { ...object, metadata: { resourceVersion: '1', ...object.metadata, uid } });
    this.#uids.set(`${kind} ${typeof namespace === 'string' ? namespace : ''}/${String(name)}`, String(uid));
    this.cluster.apply(event.kind === 'node' ? { kind: 'node', node: this.#withOwnMarks(event.node) } : event);
  }

  /** A node that is being removed keeps its marks; one that is not stays without them. */
  #withOwnMarks(node: NodeFacts): NodeFacts {
    if (!this.#removals.has(node.name)) return this.#cleaned.has(node.name) ? withoutMarks(node) : node;
    const slot = this.cluster.slotOf(node.name);
    const marks = slot === undefined ? [] : this.cluster.node(slot).taints.filter(({ key }) => key === TO_BE_DELETED);
    return { ...node, taints: [...node.taints, ...marks], unschedulable: true };
  }

  #remove(kind: WatchedKindName, key: string): void {
    const uid = this.#uids.get(`${kind} ${key}`);
    if (uid === undefined) return;
    const [namespace = '', name = ''] = key.split('/');
    const gone: ClusterEvent = watched(kind).gone({ namespace, name, uid });
    this.cluster.apply(gone);
    this.#uids.delete(`${kind} ${key}`);
  }

  #decoded(kind: WatchedKindName, object: object): { readonly event: ClusterEvent } {
    const result = watched(kind).decodeJson(object, this.#interner);
    if (!result.ok) throw new Error(`${result.error.key ?? 'an object'}: ${result.error.reason}`);
    return result.value;
  }
}

function withoutMarks(node: NodeFacts): NodeFacts {
  return { ...node, taints: node.taints.filter(({ key }) => key !== TO_BE_DELETED) };
}

function watched(name: WatchedKindName): WatchedKind {
  const kind = KNOWN_KINDS.find((candidate) => candidate.name === name);
  if (kind === undefined) throw new Error(`${name} are not watched`);
  return kind;
}

function instanceOf({ id, node, state, errorClass }: RecordedGroup['instances'][number]): Instance {
  const error =
    errorClass === undefined
      ? undefined
      : ({ kind: errorClass === 'OutOfResource' ? 'out-of-stock' : 'invalid', message: errorClass } as const);
  return {
    id,
    name: node ?? id,
    state: state === 'creating' || state === 'deleting' ? state : 'running',
    createdAtMs: undefined,
    error,
  };
}
