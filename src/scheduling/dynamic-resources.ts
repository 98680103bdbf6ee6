/**
 * DynamicResources: devices, asked for by claims or as extended resources that a DeviceClass offers. This version does
 * not evaluate them: a pod that needs devices is turned away with that as the reason, and never taken as fitting.
 */
import type { PodFilter } from './filter.ts';
import { rejectedForGood } from './filter.ts';

const NAME = 'DynamicResources';

export const dynamicResourcesOfPod: PodFilter = {
  name: NAME,
  // Cpu, memory and the like are no devices: their names have no domain.
  concerns: ({ resourceClaims, requests }) => resourceClaims.length > 0 || Object.keys(requests).some(hasDomain),
  filter({ spec }, { deviceClasses }) {
    if (spec.resourceClaims.length === 0 && !Object.keys(spec.requests).some((name) => deviceClasses.offers(name))) {
      return undefined;
    }
    return rejectedForGood(NAME, [{ code: 'NotEvaluated', needs: 'dynamic resources' }]);
  },
};

function hasDomain(resource: string): boolean {
  return resource.includes('/');
}
