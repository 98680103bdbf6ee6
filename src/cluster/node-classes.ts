/**
 * Nodes that differ in nothing but what names them are of one class: a filter that looks at labels, taints and the like
 * answers for all of them at once.
 */
import type { Labels, NodeFacts } from './facts.ts';

/** Labels that name one node: each has its own. */
export const OWN_LABELS: ReadonlySet<string> = new Set(['kubernetes.io/hostname', 'vke.vultr.com/node-id']);

/** Nodes of one class. */
export interface Members {
  readonly slots: Set<number>;
  /** Grows when nodes join or leave. */
  revision: number;
}

export interface NodeClass {
  /** Equal for equal content. */
  readonly content: string;
  /** One of them: the same as the others in everything but its own labels and what classes leave out. */
  readonly example: NodeFacts;
  readonly real: Members;
  /** Those that a trial has added. */
  readonly simulated: Members;
}

export class NodeClasses {
  readonly #byContent = new Map<string, NodeClass>();

  all(): IterableIterator<NodeClass> {
    return this.#byContent.values();
  }

  join(slot: number, facts: NodeFacts, isSimulated: boolean): NodeClass {
    const content = contentOf(facts);
    let nodeClass = this.#byContent.get(content);
    if (nodeClass === undefined) {
      nodeClass = { content, example: facts, real: noMembers(), simulated: noMembers() };
      this.#byContent.set(content, nodeClass);
    }
    const members = isSimulated ? nodeClass.simulated : nodeClass.real;
    members.slots.add(slot);
    members.revision += 1;
    return nodeClass;
  }

  leave(slot: number, nodeClass: NodeClass, isSimulated: boolean): void {
    const members = isSimulated ? nodeClass.simulated : nodeClass.real;
    members.slots.delete(slot);
    members.revision += 1;
    if (nodeClass.real.slots.size + nodeClass.simulated.slots.size === 0) this.#byContent.delete(nodeClass.content);
  }

  /** Whether a node of the class that is now like this is still of the class. */
  isStill(nodeClass: NodeClass, facts: NodeFacts): boolean {
    return nodeClass.content === contentOf(facts);
  }
}

function noMembers(): Members {
  return { slots: new Set<number>(), revision: 0 };
}

/** Equal for nodes of one class: all but names, times, amounts and what is said of the node's state. */
function contentOf(facts: NodeFacts): string {
  const {
    name: _name,
    uid: _uid,
    resourceVersion: _version,
    providerID: _id,
    labels,
    annotations: _annotations,
    createdAtMs: _created,
    deleting: _deleting,
    capacity: _capacity,
    allocatable: _allocatable,
    conditions: _conditions,
    ...rest
  } = facts;
  return JSON.stringify([sharedLabels(labels), Object.entries(rest).toSorted(byKey)]);
}

function sharedLabels(labels: Labels): readonly (readonly [string, string])[] {
  return Object.entries(labels)
    .filter(([key]) => !OWN_LABELS.has(key))
    .toSorted(byKey);
}

function byKey([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}
