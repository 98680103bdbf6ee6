/** deploy/chart: its values and their schema agree, and what Helm makes of it is what the plain manifests say. */
import assert from 'node:assert/strict';
import { existsSync, lstatSync, readFileSync, realpathSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import * as z from 'zod';
import packageJson from '../../package.json' with { type: 'json' };
import { flagTable } from '../../src/options/flag-table.ts';
import { parseOptions } from '../../src/options/options.ts';
import { WITHOUT_HELM, linted, refusedOrRendered, rendered } from './helm.ts';
import { deploymentForm, type Manifest, manifestsOf, textOf, theOne } from './manifests.ts';
import { rightsOf } from './rights.ts';

const values = z.record(z.string(), z.unknown()).parse(parse(textOf('deploy/chart/values.yaml')));
const objectSchema = z.object({ type: z.literal('object'), properties: z.record(z.string(), z.unknown()) });
const schemaForm = z.looseObject({
  additionalProperties: z.literal(false),
  properties: z.looseObject({
    flags: z.object({
      properties: z.record(z.string(), z.object({ type: z.literal('boolean') })),
      not: z.object({ anyOf: z.array(z.object({ required: z.tuple([z.string()]) })) }),
    }),
  }),
});
const schema = schemaForm.parse(JSON.parse(textOf('deploy/chart/values.schema.json')));
const PLAIN = ['deploy/rbac.yaml', 'deploy/deployment.yaml', 'deploy/network-policy.yaml'];
const FLAG = 'vke-autoscaler.io/flag';
const withFlag = z.object({ metadata: z.object({ annotations: z.object({ [FLAG]: z.string() }) }) });
const optional = manifestsOf(textOf('deploy/rbac-optional.yaml')).map((manifest) => ({
  manifest,
  flag: withFlag.parse(manifest).metadata.annotations[FLAG],
}));
const chartFile = (name: string): string => fileURLToPath(new URL(`../../deploy/chart/${name}`, import.meta.url));

describe('the values of the chart', () => {
  it('are those of the schema, one by one', () => {
    assert.deepEqual(Object.keys(schema.properties).toSorted(), [...Object.keys(values), 'global'].toSorted());
    for (const [name, value] of Object.entries(values)) {
      const part = objectSchema.safeParse(schema.properties[name]);
      if (!part.success) continue;
      const known = Object.keys(part.data.properties).toSorted();
      assert.deepEqual(Object.keys(z.looseObject({}).parse(value)).toSorted(), known, name);
    }
  });

  it('leave to the chart only flags that there are', () => {
    const reserved = schema.properties.flags.not.anyOf.map(({ required: [name] }) => name);
    const known: readonly string[] = flagTable.map(({ name }) => name);
    assert.deepEqual(
      reserved.filter((name) => !known.includes(name)),
      [],
    );
  });

  it('are on or off for the flags that need optional rights, which are those that say so', () => {
    const needing = flagTable.filter(({ help }) => help.includes('rbac-optional.yaml')).map(({ name }) => name);
    assert.deepEqual([...new Set(optional.map(({ flag }) => flag))].toSorted(), needing.toSorted());
    assert.deepEqual(Object.keys(schema.properties.flags.properties).toSorted(), needing.toSorted());
  });

  it('are two replicas with a budget, as in deploy/deployment.yaml', () => {
    assert.equal(values['replicas'], 2);
    assert.deepEqual(values['podDisruptionBudget'], { enabled: true });
    const plain = manifestsOf(textOf('deploy/deployment.yaml'));
    assert.equal(theOne(plain, 'Deployment', deploymentForm).spec.replicas, 2);
    const budget = theOne(plain, 'PodDisruptionBudget', z.object({ spec: z.object({ maxUnavailable: z.number() }) }));
    assert.equal(budget.spec.maxUnavailable, 1);
  });
});

describe('the chart', () => {
  it('has the version of the program', () => {
    const chart = z
      .object({ version: z.string(), appVersion: z.string() })
      .parse(parse(textOf('deploy/chart/Chart.yaml')));
    assert.deepEqual([chart.version, chart.appVersion], [packageJson.version, packageJson.version]);
  });

  it('reads the files that the plain manifests are, by links', () => {
    for (const name of ['rbac.yaml', 'rbac-optional.yaml', 'prometheus-rule.yaml', 'grafana-dashboard.json']) {
      assert.ok(lstatSync(chartFile(name)).isSymbolicLink() && existsSync(chartFile(name)), name);
      assert.equal(basename(realpathSync(chartFile(name))), name);
    }
  });

  it('asks for no file and no value that is not there', () => {
    const templates = ['deployment', 'monitoring', 'networkpolicy', 'poddisruptionbudget', 'rbac', 'service'].map(
      (name) => readFileSync(chartFile(`templates/${name}.yaml`), 'utf8'),
    );
    for (const text of templates) {
      for (const [, file = ''] of text.matchAll(/\.Files\.Get "([^"]+)"/g))
        assert.ok(existsSync(chartFile(file)), file);
      for (const [, path = ''] of text.matchAll(/\.Values\.([\w.]+)/g)) {
        const found = path.split('.').reduce<unknown>((value, key) => z.looseObject({}).parse(value)[key], values);
        assert.notEqual(found, undefined, path);
      }
    }
  });
});

describe('Helm', { skip: WITHOUT_HELM }, () => {
  const EVERYTHING = ['monitoring.serviceMonitor=true', 'monitoring.prometheusRule=true', 'monitoring.dashboard=true'];

  it('finds nothing to say about the chart', () => {
    const { status, output } = linted();
    assert.equal(status, 0, output);
  });

  it('makes of the defaults what the plain manifests are, but for names and labels', () => {
    const [made, plain] = [rendered('networkPolicy.enabled=true'), PLAIN.flatMap((path) => manifestsOf(textOf(path)))];
    const kinds = (manifests: typeof made): readonly string[] =>
      manifests.map(({ kind, metadata }) => `${kind} ${metadata.name}`).toSorted();
    assert.deepEqual(kinds(made), kinds(plain));
    assert.deepEqual(rightsOf(made), rightsOf(plain));
    const pod = (manifests: typeof made): unknown => {
      const { containers, ...rest } = theOne(manifests, 'Deployment', looseDeployment).spec.template.spec;
      return {
        rest: without(rest, ['affinity', 'volumes', 'terminationGracePeriodSeconds']),
        container: without(containers[0], ['args', 'image', 'imagePullPolicy']),
      };
    };
    assert.deepEqual(pod(made), pod(plain));
    const rules = (manifests: typeof made): unknown =>
      without(theOne(manifests, 'NetworkPolicy', z.object({ spec: z.looseObject({}) })).spec, ['podSelector']);
    assert.deepEqual(rules(made), rules(plain));
  });

  it('gives the rights that an optional flag needs where the flag is set, as they stand in deploy/rbac-optional.yaml', () => {
    const usual = rendered().map(nameOf);
    for (const set of [
      [],
      ['node-conditions'],
      ['authenticate-requests'],
      ['authenticate-requests', 'node-conditions'],
    ]) {
      const flags = ['node-conditions', 'authenticate-requests'].map((name) => `flags.${name}=${set.includes(name)}`);
      const further = rendered(...flags).filter((manifest) => !usual.includes(nameOf(manifest)));
      const wanted = optional.filter(({ flag }) => set.includes(flag)).map(({ manifest }) => manifest);
      assert.deepEqual(sortedRights(further), sortedRights(wanted), set.join(', '));
    }
    const ungiven = rendered('rbac.create=false', 'flags.node-conditions=true', 'flags.authenticate-requests=true');
    assert.deepEqual(
      ungiven.filter(({ apiVersion }) => apiVersion.startsWith('rbac.')),
      [],
    );
  });

  it('makes monitors that find the Service and the pods, and rules and dashboard as they stand in deploy/monitoring', () => {
    const made = rendered(
      ...EVERYTHING,
      'monitoring.runbookPrefix=https://example.com/',
      'monitoring.labels.release=prom',
    );
    const monitor = theOne(made, 'ServiceMonitor', monitorForm);
    const service = theOne(made, 'Service', serviceForm);
    assert.ok(isSubset(monitor.spec.selector.matchLabels, service.metadata.labels));
    assert.equal(monitor.metadata.labels['release'], 'prom');
    const pods = theOne(made, 'Deployment', deploymentForm).spec.template;
    assert.ok(isSubset(service.spec.selector, pods.metadata.labels));
    const [rule, plain] = [made, manifestsOf(textOf('deploy/monitoring/prometheus-rule.yaml'))].map((manifests) =>
      JSON.stringify(theOne(manifests, 'PrometheusRule', z.object({ spec: z.unknown() }))),
    );
    assert.deepEqual(
      JSON.parse((rule ?? '').replaceAll('https://example.com/docs/', 'docs/')),
      JSON.parse(plain ?? ''),
    );
    assert.ok(rule?.includes('https://example.com/docs/runbooks.md#'));
    const dashboard = theOne(made, 'ConfigMap', z.object({ data: z.record(z.string(), z.string()) }));
    assert.equal(dashboard.data['vke-autoscaler.json'], textOf('deploy/monitoring/grafana-dashboard.json'));
  });

  it('gives the program flags that it reads', () => {
    const made = rendered(
      'flags.expander=least-waste',
      'flags.nodes={1:10:web,1:4:gpu}',
      'flags.max-nodes-total=1000000',
    );
    const [{ args = [] }] = theOne(made, 'Deployment', deploymentForm).spec.template.spec.containers;
    const parsed = parseOptions(args.filter((word) => word.startsWith('--')));
    assert.deepEqual(parsed.ok ? parsed.value.warnings : parsed.error, []);
    assert.equal(parsed.ok && parsed.value.options.limits.maxNodes, 1_000_000);
  });

  it('refuses what is mistyped, by its name', () => {
    for (const [value, why] of [
      ['monitoring.servicemonitor=true', /servicemonitor/],
      ['monitoring.serviceMonitor=yes', /serviceMonitor/],
      ['networkPolicy.fromNamespaces=all', /fromNamespaces/],
      ['replicas=0', /replicas/],
      ['flags.node-conditions=maybe', /node-conditions/],
    ] as const) {
      const { status, output } = refusedOrRendered(value);
      assert.notEqual(status, 0, value);
      assert.match(output, why);
    }
    const both = refusedOrRendered('monitoring.serviceMonitor=true', 'monitoring.podMonitor=true');
    assert.match(both.output, /monitoring/);
    assert.notEqual(both.status, 0);
  });
});

const labelled = z.object({ labels: z.record(z.string(), z.string()) });
const labels = z.record(z.string(), z.string());
const monitorForm = z.object({ metadata: labelled, spec: z.object({ selector: z.object({ matchLabels: labels }) }) });
const serviceForm = z.object({ metadata: labelled, spec: z.object({ selector: labels }) });
const looseDeployment = z.object({
  spec: z.object({
    template: z.object({
      spec: z.looseObject({ containers: z.tuple([z.looseObject({ args: z.array(z.string()) })]) }),
    }),
  }),
});

const nameOf = ({ kind, metadata }: Manifest): string => `${kind} ${metadata.name}`;

/** What roles and bindings grant to whom, in the order of their names. */
function sortedRights(manifests: readonly Manifest[]): readonly unknown[] {
  return manifests
    .toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1))
    .map(({ kind, metadata, rules, roleRef, subjects }) => ({ kind, name: metadata.name, rules, roleRef, subjects }));
}

/** Of the pod or the container, without what is the installation's own: names, labels, what is told to the program. */
function without(spec: Readonly<Record<string, unknown>>, names: readonly string[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(spec).filter(([name]) => !names.includes(name)));
}

function isSubset(some: Readonly<Record<string, string>>, all: Readonly<Record<string, string>>): boolean {
  return Object.entries(some).every(([name, value]) => all[name] === value);
}
