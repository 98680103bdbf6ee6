/** What is left above the minimums: of each group's nodes, and of the cluster's cpu, memory and GPUs. */
import type { NodeReason } from '../explain/reasons.ts';
import { gpusOf } from '../node-groups/gpus.ts';
import type { NodeGroupView } from '../node-groups/view.ts';
import type { NodeFacts } from '../cluster/facts.ts';
import type { Candidate } from './eligibility.ts';
import type { ScaleDownInput } from './plan.ts';
import type { Survey } from './survey.ts';

/** An amount of the cluster that has a minimum. */
interface Stock {
  readonly resource: string;
  readonly minimum: number;
  readonly of: (node: NodeFacts, group: NodeGroupView | undefined) => number;
  left: number;
}

export class Minimums {
  /** How many nodes each group can lose, by id. */
  readonly #spare = new Map<string, number>();
  readonly #stocks: readonly Stock[];

  constructor(input: ScaleDownInput, survey: Survey) {
    const { cluster, groups, removals } = input;
    this.#stocks = stocksOf(input);
    for (const { state } of groups) this.#spare.set(state.id, state.targetSize - state.minSize);
    const going = new Set(removals.map(({ node }) => cluster.slotOf(node)));
    if (this.#stocks.length === 0 && going.size === 0) return;
    for (const slot of survey.slots) {
      const node = cluster.node(slot);
      const group = survey.groupOf(slot);
      if (going.has(slot)) this.#countGoing(group, node.providerID);
      else if (!isVirtual(node)) for (const stock of this.#stocks) stock.left += stock.of(node, group);
    }
  }

  /** Which minimum would be missed without the node; `undefined`: none. */
  reached({ node, group }: Candidate): NodeReason | undefined {
    const { state } = group;
    if ((this.#spare.get(state.id) ?? 0) <= 0) return { code: 'NodeGroupMinSizeReached', minSize: state.minSize };
    for (const { resource, minimum, left, of } of this.#stocks) {
      const amount = of(node, group);
      if (amount > 0 && left - amount < minimum) return { code: 'ClusterMinimumReached', resource, minimum };
    }
    return undefined;
  }

  take({ node, group }: Candidate): void {
    const { id } = group.state;
    this.#spare.set(id, (this.#spare.get(id) ?? 0) - 1);
    for (const stock of this.#stocks) stock.left -= stock.of(node, group);
  }

  /** The target still counts a node until the cloud has begun to delete it. */
  #countGoing(group: NodeGroupView | undefined, providerID: string): void {
    const instance = group?.state.instances.find(({ id }) => id === providerID);
    if (group === undefined || instance === undefined || instance.state === 'deleting') return;
    const { id } = group.state;
    this.#spare.set(id, (this.#spare.get(id) ?? 0) - 1);
  }
}

/** It stands for what runs elsewhere, and has no cpu of its own. */
function isVirtual({ labels }: NodeFacts): boolean {
  return labels['type'] === 'virtual-kubelet';
}

function stocksOf({ limits }: ScaleDownInput): readonly Stock[] {
  const { minMilliCpu, minMemoryBytes, gpus, gpuLabel } = limits;
  const stocks: Stock[] = [
    { resource: 'cpu', minimum: minMilliCpu, of: ({ capacity }) => capacity['cpu'] ?? 0, left: 0 },
    { resource: 'memory', minimum: minMemoryBytes, of: ({ capacity }) => capacity['memory'] ?? 0, left: 0 },
    ...gpus.map(({ type, min }): Stock => ({
      resource: type,
      minimum: min,
      of: (node, group) => {
        const template = group?.state.template;
        const { types, count } = gpusOf(node, {
          gpuLabel,
          expected: template?.capacity,
          cloudType: template?.gpuType,
        });
        return types.includes(type) ? count : 0;
      },
      left: 0,
    })),
  ];
  return stocks.filter(({ minimum }) => minimum > 0);
}
