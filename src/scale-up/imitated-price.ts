/**
 * The score by which Cluster Autoscaler's expander price compares options: price by what the pods alone would cost,
 * weighted by how far the node's size is from the one that suits a cluster of so many nodes. Only for
 * `--compatibility=cluster-autoscaler`: it disfavours GPU nodes a thousandfold and large clusters' small nodes, whatever
 * they cost.
 */
import type { ResourceList } from '../cluster/facts.ts';
import { gpuResourceOf } from '../node-groups/gpus.ts';
import type { ExpansionOption } from './expander.ts';

const MILLI_PER_CORE = 1000;
const BYTES_PER_GIB = 2 ** 30;
const BYTES_PER_MIB = 2 ** 20;

/** US dollars an hour. */
const USD_PER_CORE = 0.033174;
const USD_PER_GIB = 0.004446;
const USD_PER_GPU = 0.7;
/** So that the price of few small pods does not decide alone. */
const STABILISER = { cpu: 500, memory: 500 * BYTES_PER_MIB };
/** In the place of the unfitness of a node with GPUs. */
const GPU_UNFITNESS = 1000;
/** Of so many new nodes on, their size matters less and less. */
const MANY_NODES = 15;

/** By the number of nodes in the cluster: the cores of a node of the size that suits it. */
const PREFERRED_CORES: readonly (readonly [upToNodes: number, cores: number])[] = [
  [2, 1],
  [6, 2],
  [20, 4],
  [60, 8],
  [200, 16],
  [Number.POSITIVE_INFINITY, 32],
];

/** The lower the better. `clusterNodes`: how many nodes there are. */
export function likePrice(option: ExpansionOption, clusterNodes: number): number | undefined {
  const { view, nodes, capacity, requested } = option;
  const node = view.template?.node;
  const gpu = gpuResourceOf(node?.allocatable) !== undefined;
  const perNode = view.state.pricePerHour ?? priceOf(capacity);
  const stabiliser = priceOf(STABILISER);
  const score = (perNode * nodes + stabiliser) / (priceOf(requested) + stabiliser);
  return score * (gpu ? GPU_UNFITNESS : unfitness(capacity['cpu'] ?? 0, nodes, clusterNodes));
}

function unfitness(milliCpu: number, nodes: number, clusterNodes: number): number {
  const cores = PREFERRED_CORES.find(([upTo]) => clusterNodes <= upTo)?.[1] ?? 1;
  const preferred = cores * MILLI_PER_CORE;
  const plain = Math.max(preferred / milliCpu, milliCpu / preferred);
  return (plain - 1) * (1 - Math.tanh((nodes - 1) / MANY_NODES)) + 1;
}

function priceOf(amounts: ResourceList): number {
  const gpu = gpuResourceOf(amounts);
  return (
    ((amounts['cpu'] ?? 0) / MILLI_PER_CORE) * USD_PER_CORE +
    ((amounts['memory'] ?? 0) / BYTES_PER_GIB) * USD_PER_GIB +
    (gpu === undefined ? 0 : (amounts[gpu] ?? 0) * USD_PER_GPU)
  );
}
