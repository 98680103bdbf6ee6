/** How the program gets into a cluster: the chart by Helm, the plain manifests by kubectl, and README's own commands. */
import { parseAllDocuments } from 'yaml';
import * as z from 'zod';
import type { KubeObject } from '../../../sandbox/kubernetes/object.ts';
import { CommandLine } from '../machinery/command-line.ts';
import { startContainer } from '../machinery/container.ts';
import { pod } from '../machinery/workloads.ts';
import type { Stage, Story } from '../story.ts';
import { readmeStory } from './readme.ts';

const RESTRICTED = 'pod-security.kubernetes.io/enforce=restricted';
const VALUES = '--set image.repository=example.invalid/vke-autoscaler --set vultr.existingSecret=vultr';
const READY_TIMEOUT_MS = 60_000;

/** The pods of the program that run, as far as a cluster without kubelets runs them. */
function programPods(stage: Stage, namespace: string): readonly KubeObject[] {
  return stage.world.store.list('pods', namespace).filter(({ metadata, status }) => {
    return metadata.labels?.['app.kubernetes.io/name'] === 'vke-autoscaler' && status?.['phase'] === 'Running';
  });
}

const chart: Story = {
  name: 'Helm: the chart is accepted under Pod Security "restricted", and what it installs scales',
  async run(stage) {
    const { namespace, world } = stage;
    const shell = await CommandLine.at(world, 'helm');
    const lint = await shell.succeeds(`helm lint deploy/chart --strict ${VALUES}`);
    stage.check('helm lint --strict finds nothing', /1 chart\(s\) linted, 0 chart\(s\) failed/.test(lint));
    for (const [wrong, why] of WRONG_VALUES) {
      const { code, output } = await shell.run(`helm template deploy/chart ${VALUES} ${wrong}`);
      stage.check(`a wrong value is refused by its name: ${wrong}`, code !== 0 && why.test(output));
    }
    await shell.succeeds(`kubectl label namespace ${namespace} ${RESTRICTED}`);
    await shell.succeeds(`kubectl --namespace ${namespace} create secret generic vultr --from-file=cloud-config`);
    const flags = "--set flags.expander=least-waste --set 'flags.nodes={1:50:workers}'";
    await shell.succeeds(`helm install prod deploy/chart --namespace ${namespace} ${VALUES} ${flags}`);
    await stage.within('two pods of it run', READY_TIMEOUT_MS, () => programPods(stage, namespace).length === 2);
    await budgetOf(stage, shell, 'prod-vke-autoscaler');
    const [first, second] = programPods(stage, namespace);
    if (first === undefined || second === undefined) throw new Error('two pods run');
    const processes = [await startContainer(world, first, shell), await startContainer(world, second, shell)];
    try {
      await stage.create('pods', pod('large', { cpu: '3500m', spec: { securityContext: SAFE_POD }, container: SAFE }));
      await stage.create(
        'pods',
        pod('large-2', { cpu: '3500m', spec: { securityContext: SAFE_POD }, container: SAFE }),
      );
      await stage.within('the pool grows for pods that wait', 60_000, () => world.cloud.pool('workers').quantity > 1);
      stage.check(
        'both replicas run on',
        processes.every((process) => process.isRunning),
      );
      const lease = await shell.succeeds(
        `kubectl --namespace ${namespace} get lease cluster-autoscaler -o jsonpath={.spec.holderIdentity}`,
      );
      stage.check('one of the two pods holds the lease', lease.startsWith('prod-vke-autoscaler-'), lease);
    } finally {
      await Promise.all(processes.map(async (process) => process.stop()));
    }
    await shell.succeeds(`helm upgrade prod deploy/chart --namespace ${namespace} ${VALUES} --set replicas=1`);
    await stage.within('an upgrade to one replica', 60_000, () => programPods(stage, namespace).length === 1);
    const budgets = await world.plane.admin.list(`/apis/policy/v1/namespaces/${namespace}/poddisruptionbudgets`);
    stage.check('one replica has no budget, which would block every drain', budgets.items.length === 0);
    await shell.succeeds(`helm uninstall prod --namespace ${namespace}`);
    const left = await shell.succeeds('kubectl get clusterrole,clusterrolebinding -o name');
    stage.check('nothing of it is left', !left.includes('prod-vke-autoscaler'));
  },
};

/** Values that somebody mistyped, and what Helm has to say. */
const WRONG_VALUES: readonly (readonly [wrong: string, why: RegExp])[] = [
  ['--set replicas=0', /replicas/],
  ['--set replica=2', /replica/],
  ['--set image.repository=', /image\.repository/],
  ['--set vultr.existingSecret=', /vultr\.existingSecret/],
  ['--set flags.cloud-config=x', /flags/],
];

const SAFE_POD = { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } };
const SAFE = { securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } } };

async function budgetOf(stage: Stage, shell: CommandLine, name: string): Promise<void> {
  await stage.within('their budget lets one go at a time', READY_TIMEOUT_MS, async () => {
    const command = `kubectl --namespace ${stage.namespace} get pdb ${name} -o jsonpath={.status.disruptionsAllowed}`;
    return (await shell.succeeds(command)) === '1';
  });
}

const podsOfDeployment = z.object({
  spec: z.object({ template: z.object({ spec: z.looseObject({ containers: z.array(z.looseObject({})) }) }) }),
});

const manifests: Story = {
  name: 'kubectl: the plain manifests are accepted, their pods under Pod Security "restricted"',
  async run(stage) {
    const { admin } = stage.world.plane;
    const shell = await CommandLine.at(stage.world, 'kubectl');
    const applied = await shell.succeeds(
      'kubectl apply --dry-run=server --validate=strict -f deploy/rbac.yaml -f deploy/deployment.yaml',
    );
    stage.check('the server accepts each of them', /deployment\.apps\/vke-autoscaler created/.test(applied));
    stage.check('without a warning', !/warning/i.test(applied));
    await shell.succeeds(`kubectl label namespace ${stage.namespace} ${RESTRICTED}`);
    const { template } = podsOfDeployment.parse(
      parseAllDocuments(shell.read('deploy/deployment.yaml'))[0]?.toJS(),
    ).spec;
    const accepts = async (spec: object): Promise<boolean> => {
      const body = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'try' }, spec };
      const path = `/api/v1/namespaces/${stage.namespace}/pods?dryRun=All`;
      return (await admin.raw('POST', path, { body })).status === 201;
    };
    stage.check('a namespace of the level "restricted" takes its pods', await accepts(template.spec));
    const [container] = template.spec.containers;
    const loose = { ...template.spec, containers: [{ ...container, securityContext: {} }] };
    stage.check('and would not without the hardening', !(await accepts(loose)));
  },
};

export const deployingStories: readonly Story[] = [chart, manifests, readmeStory];
