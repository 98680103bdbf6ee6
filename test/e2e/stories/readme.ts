/** Every command of README's section "Run it on your VKE cluster" is typed, in its order, before a cluster of this machine. */
import { CommandLine } from '../machinery/command-line.ts';
import { startContainer } from '../machinery/container.ts';
import type { ServerProcess } from '../machinery/server-process.ts';
import { waitFor } from '../machinery/waiting.ts';
import { deployment } from '../machinery/workloads.ts';
import type { Stage, Story } from '../story.ts';

const SECTION = /^## Run it on your VKE cluster$(.*?)^## /ms;
const CONSOLE_BLOCK = /^```console$(.*?)^```$/gms;
/** A line after the prompt, with the lines that a backslash adds to it. */
const COMMAND = /^\$ ((?:.*\\\n)*.*)$/gm;
/** What README says to choose. */
const CHOICES = { REGISTRY: 'example.invalid/team' };
const DRY_SCALE_UP = /"dryRun":true.*"what":"([^"]*)","msg":"scale-up"/;
/** More than the nodes that the stories before left. */
const WAITING_PODS = 6;
const RUN_TIMEOUT_MS = 90_000;
const LEASE = '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/cluster-autoscaler';

function commandsOf(readme: string): readonly string[] {
  const section = SECTION.exec(readme)?.[1] ?? '';
  return [...section.matchAll(CONSOLE_BLOCK)].flatMap(([, block = '']) =>
    [...block.matchAll(COMMAND)].map(([, command = '']) => command),
  );
}

export const readmeStory: Story = {
  name: 'README’s section "Run it on your VKE cluster": every command of it',
  async run(stage) {
    const shell = await CommandLine.at(stage.world, 'readme');
    const commands = commandsOf(shell.read('README.md'));
    stage.check('there are commands', commands.length >= 8, commands.length);
    const choices = Object.entries(CHOICES).map(([name, value]) => `${name}=${value}`);
    let running: readonly ServerProcess[] = [];
    try {
      for (const command of commands) {
        if (isRemoval(command)) {
          await stage.within('what waits is served by what was installed', RUN_TIMEOUT_MS, () => {
            return stage.running().length === WAITING_PODS;
          });
          running = await stopAll(running);
        }
        const output = await typed(stage, shell, `${choices.join(' ')}; ${command}`);
        stage.asserted.push(`$ ${command.replaceAll(/\\\n\s*/g, '')}`);
        if (isInstallation(command)) running = await started(stage, shell);
        if (command.includes('get lease')) stage.check('a pod of it leads', output.includes('vke-autoscaler-'));
      }
    } finally {
      await stopAll(running);
    }
    const roles = await shell.succeeds('kubectl get clusterrole -o name');
    stage.check('what was installed is removed again', !roles.includes('vke-autoscaler'));
  },
};

function isInstallation(command: string): boolean {
  return /helm install|rollout status/.test(command);
}

function isRemoval(command: string): boolean {
  return /helm uninstall|kubectl delete/.test(command);
}

/** A dry run goes on until it is interrupted: here when it has told what it would do for pods that wait. */
async function typed(stage: Stage, shell: CommandLine, command: string): Promise<string> {
  if (!command.includes('--dry-run ')) return shell.succeeds(command);
  const writesBefore = stage.world.cloud.writes.length;
  await stage.create('deployments', deployment('waiting', WAITING_PODS, { cpu: '3200m' }));
  const { output } = await shell.run(command, { until: (text) => DRY_SCALE_UP.test(text) });
  stage.check('the dry run says what it would do', DRY_SCALE_UP.test(output), DRY_SCALE_UP.exec(output)?.[1]);
  stage.check('and changes nothing', stage.world.cloud.writes.length === writesBefore);
  return output;
}

/** The containers of its two pods, which no kubelet starts; returned when one leads. */
async function started(stage: Stage, shell: CommandLine): Promise<readonly ServerProcess[]> {
  const { plane, store } = stage.world;
  const pods = await waitFor('two pods of it run', RUN_TIMEOUT_MS, () => {
    const running = store.list('pods', 'kube-system').filter(({ metadata, status }) => {
      const isIts = metadata.labels?.['app.kubernetes.io/name'] === 'vke-autoscaler';
      return isIts && status?.['phase'] === 'Running' && metadata.deletionTimestamp === undefined;
    });
    return running.length === 2 && running;
  });
  const processes = await Promise.all(pods.map(async (pod) => startContainer(stage.world, pod, shell)));
  await waitFor('one of them leads', RUN_TIMEOUT_MS, async () => {
    const holder = (await plane.admin.find(LEASE))?.spec?.['holderIdentity'];
    return pods.some(({ metadata }) => String(holder).startsWith(metadata.name));
  });
  return processes;
}

async function stopAll(processes: readonly ServerProcess[]): Promise<readonly ServerProcess[]> {
  await Promise.all(processes.map(async (process) => process.stop()));
  return [];
}
