/** What of a pod's text the scheduler's filters see (scenario cases KS). */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PodFacts } from '../cluster/facts.ts';
import { aCluster, aNode, aPod } from '../cluster/fixtures.test-support.ts';
import { fits } from '../scheduling/runner.ts';
import { decodePodJson } from './decode-pod-json.ts';
import { Interner } from './intern.ts';

function read(spec: Readonly<Record<string, unknown>>): PodFacts {
  const metadata = { namespace: 'shop', name: 'new', uid: 'new', labels: { app: 'web' } };
  const decoded = decodePodJson({ metadata, spec, status: {} }, new Interner());
  return decoded.ok && decoded.value.event.kind === 'pod' ? decoded.value.event.pod : assert.fail();
}

describe('a pod as it is read', () => {
  it('KS-14 takes the host ports of its sidecars, not those of containers that end before it runs', () => {
    const node = aNode({ name: 'n' });
    const user = aPod({
      name: 'user',
      nodeName: 'n',
      spec: { hostPorts: [{ hostIP: '0.0.0.0', protocol: 'TCP', port: 80 }] },
    });
    const cluster = aCluster({ nodes: [node], pods: [user] });
    const withInit = (more: Readonly<Record<string, unknown>>): boolean => {
      const initContainers = [{ name: 'i', ports: [{ hostPort: 80 }], ...more }];
      return fits(cluster, read({ containers: [{ name: 'c' }], initContainers }), 0);
    };
    assert.equal(withInit({ restartPolicy: 'Always' }), false);
    assert.equal(withInit({}), true);
  });

  it('KS-50 is bound by none of its preferences', () => {
    const term = { topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: { app: 'web' } } };
    const preferred = 'preferredDuringSchedulingIgnoredDuringExecution';
    const required = 'requiredDuringSchedulingIgnoredDuringExecution';
    const expressions = [{ key: 'disk', operator: 'In', values: ['ssd'] }];
    const cluster = aCluster({
      nodes: [aNode({ name: 'n' })],
      pods: [aPod({ name: 'old', namespace: 'shop', nodeName: 'n', labels: { app: 'web' } })],
    });
    const wishes = {
      nodeAffinity: { [preferred]: [{ weight: 1, preference: { matchExpressions: expressions } }] },
      podAffinity: { [preferred]: [{ weight: 1, podAffinityTerm: { ...term, topologyKey: 'zone' } }] },
      podAntiAffinity: { [preferred]: [{ weight: 1, podAffinityTerm: term }] },
    };
    assert.equal(fits(cluster, read({ containers: [{ name: 'c' }], affinity: wishes }), 0), true);
    const demands = [
      { nodeAffinity: { [required]: { nodeSelectorTerms: [{ matchExpressions: expressions }] } } },
      { podAffinity: { [required]: [{ ...term, topologyKey: 'zone' }] } },
      { podAntiAffinity: { [required]: [term] } },
    ];
    for (const affinity of demands) {
      assert.equal(fits(cluster, read({ containers: [{ name: 'c' }], affinity }), 0), false);
    }
  });
});
