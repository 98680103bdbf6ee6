/**
 * The expander least-nodes: whoever needs the fewest new nodes. Options that help more pods may need more nodes for them:
 * it is the nodes for each pod that count, or the rest of the pods would cost the nodes that were saved.
 */
import type { Expander, ExpansionOption } from './expander.ts';

export const leastNodes: Expander = {
  narrow(options, { imitates }) {
    // Cluster Autoscaler counts the nodes alone.
    const measure = imitates ? ({ nodes }: ExpansionOption): number => nodes : nodesPerPod;
    const fewest = Math.min(...options.map(measure));
    return options.filter((option) => measure(option) === fewest);
  },
  words: ({ nodes }) => `${nodes} ${nodes === 1 ? 'node' : 'nodes'} needed`,
};

function nodesPerPod({ nodes, pods }: ExpansionOption): number {
  return nodes / Math.max(1, pods);
}
