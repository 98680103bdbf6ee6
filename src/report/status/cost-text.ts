/** What the nodes cost, for the status ConfigMap: under a key of our own, since the text beside it is Cluster Autoscaler's. */
import type { Cost } from '../money.ts';
import { yamlText } from './yaml-text.ts';

/** In US dollars. */
export function costText({ pricePerHour, pools, unpricedNodes, saved }: Cost): string {
  return yamlText({
    pricePerHour,
    pools: Object.entries(pools).map(([name, price]) => ({ name, pricePerHour: price })),
    unpricedNodes,
    saved: { ...saved },
  });
}
