/** The plain manifests under deploy/: what belongs together finds each other, and the program's own port is meant. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as z from 'zod';
import { parseOptions } from '../../src/options/options.ts';
import { deploymentForm, manifestsOf, textOf, theOne } from './manifests.ts';

const labels = z.record(z.string(), z.string());
const selector = z.object({ matchLabels: labels });
const endpoint = z.object({ port: z.string(), path: z.string() });
const serviceForm = z.object({
  metadata: z.object({ name: z.string(), namespace: z.string(), labels }),
  spec: z.object({
    selector: labels,
    ports: z.tuple([z.object({ name: z.string(), port: z.number(), targetPort: z.string() })]),
  }),
});
const serviceMonitorForm = z.object({ spec: z.object({ selector, endpoints: z.tuple([endpoint]) }) });
const podMonitorForm = z.object({ spec: z.object({ selector, podMetricsEndpoints: z.tuple([endpoint]) }) });
const policyForm = z.object({
  spec: z.object({
    podSelector: selector,
    ingress: z.tuple([z.object({ ports: z.array(z.object({ port: z.string() })) })]),
    egress: z.array(z.object({ ports: z.array(z.object({ port: z.number() })) })),
  }),
});

const plain = manifestsOf(textOf('deploy/deployment.yaml'));
const { spec } = theOne(plain, 'Deployment', deploymentForm);
const [container] = spec.template.spec.containers;
const service = theOne(plain, 'Service', serviceForm);
const METRICS_PATH = '/metrics';

describe('the plain manifests', () => {
  it('start the program with flags that it reads, on the port that is named', () => {
    const parsed = parseOptions((container.args ?? []).filter((word) => word.startsWith('-')));
    assert.deepEqual(parsed.ok ? parsed.value.warnings : parsed.error, []);
    assert.deepEqual(container.ports, [
      { name: 'http', containerPort: parsed.ok && parsed.value.options.http.address.port },
    ]);
  });

  it('have a Service that finds the pods, under the name and port that `explain` asks', () => {
    assert.deepEqual(service.spec.selector, spec.template.metadata.labels);
    assert.deepEqual([service.metadata.name, service.metadata.namespace], ['vke-autoscaler', 'kube-system']);
    assert.deepEqual(service.spec.ports, [{ name: 'http', port: 8085, targetPort: 'http' }]);
  });

  it('have monitors that find the Service, and the pods', () => {
    const ofServices = theOne(
      manifestsOf(textOf('deploy/monitoring/service-monitor.yaml')),
      'ServiceMonitor',
      serviceMonitorForm,
    );
    assert.deepEqual(ofServices.spec.selector.matchLabels, service.metadata.labels);
    assert.deepEqual(ofServices.spec.endpoints, [{ port: service.spec.ports[0].name, path: METRICS_PATH }]);
    const ofPods = theOne(manifestsOf(textOf('deploy/monitoring/pod-monitor.yaml')), 'PodMonitor', podMonitorForm);
    assert.deepEqual(ofPods.spec.selector.matchLabels, spec.template.metadata.labels);
    assert.deepEqual(ofPods.spec.podMetricsEndpoints, [{ port: container.ports?.[0]?.name, path: METRICS_PATH }]);
  });

  it('have a network policy for the pods that lets in questions, and out what is asked of names and both APIs', () => {
    const policy = theOne(manifestsOf(textOf('deploy/network-policy.yaml')), 'NetworkPolicy', policyForm).spec;
    assert.deepEqual(policy.podSelector.matchLabels, spec.template.metadata.labels);
    assert.deepEqual(
      policy.ingress[0].ports.map(({ port }) => port),
      [container.ports?.[0]?.name],
    );
    const out = policy.egress.flatMap(({ ports }) => ports.map(({ port }) => port));
    assert.deepEqual([...new Set(out)], [53, 443, 6443]);
  });
});
