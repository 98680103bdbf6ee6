/** The expander most-pods: whoever helps the most pods at once. */
import type { Expander } from './expander.ts';

export const mostPods: Expander = {
  narrow(options) {
    const most = Math.max(...options.map(({ pods }) => pods));
    return options.filter(({ pods }) => pods === most);
  },
  words: ({ pods }) => `${pods} ${pods === 1 ? 'pod' : 'pods'} helped`,
};
