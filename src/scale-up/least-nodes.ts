/** The expander least-nodes: whoever needs the fewest new nodes. */
import type { Expander } from './expander.ts';

export const leastNodes: Expander = {
  narrow(options) {
    const fewest = Math.min(...options.map(({ nodes }) => nodes));
    return options.filter(({ nodes }) => nodes === fewest);
  },
  words: ({ nodes }) => `${nodes} ${nodes === 1 ? 'node' : 'nodes'} needed`,
};
