/** NodePorts: a host port is taken once per node, protocol and address; 0.0.0.0 overlaps with every address. */
import type { Cluster, Slot } from '../cluster/cluster.ts';
import type { HostPort } from '../cluster/facts.ts';
import type { PlacementFilter } from './filter.ts';
import { rejectedForNow } from './filter.ts';

const NAME = 'NodePorts';

const EVERY_ADDRESS = '0.0.0.0';

export const nodePorts: PlacementFilter = {
  name: NAME,
  concerns: ({ spec }) => spec.hostPorts.length > 0,
  filter(pod, slot, cluster) {
    for (const wanted of pod.spec.hostPorts) {
      if (isTaken(wanted, slot, cluster)) {
        return rejectedForNow(NAME, [{ code: 'HostPortTaken', port: wanted.port, protocol: wanted.protocol }]);
      }
    }
    return undefined;
  },
};

function isTaken(wanted: HostPort, slot: Slot, cluster: Cluster): boolean {
  for (const { spec } of cluster.podsOn(slot).values()) {
    if (spec.hostPorts.some((used) => portsClash(wanted, used))) return true;
  }
  return false;
}

/** Whether two pods with these ports cannot share a node. */
export function portsClash(a: HostPort, b: HostPort): boolean {
  return (
    a.port === b.port &&
    a.protocol === b.protocol &&
    (a.hostIP === b.hostIP || a.hostIP === EVERY_ADDRESS || b.hostIP === EVERY_ADDRESS)
  );
}
