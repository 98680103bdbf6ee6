/**
 * The program's container of a pod, started on this machine as its kubelet would start it: the arguments, the environment
 * and the files of the pod's Secret, with a token of its service account. What the image adds is the bundle alone.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import type { KubeObject } from '../../../sandbox/kubernetes/object.ts';
import { BUNDLE } from './autoscaler.ts';
import type { CommandLine } from './command-line.ts';
import { ServerProcess } from './server-process.ts';
import type { World } from './world.ts';

const START_TIMEOUT_MS = 30_000;

/** What is read of the pod. */
const runnablePod = z.object({
  metadata: z.object({ name: z.string(), namespace: z.string() }),
  spec: z.object({
    serviceAccountName: z.string(),
    containers: z.tuple([
      z.object({
        args: z.array(z.string()),
        env: z.array(
          z.object({ name: z.string(), valueFrom: z.object({ fieldRef: z.object({ fieldPath: z.string() }) }) }),
        ),
        volumeMounts: z.array(z.object({ name: z.string(), mountPath: z.string() })),
      }),
    ]),
    volumes: z.array(z.object({ name: z.string(), secret: z.object({ secretName: z.string() }) })),
  }),
});
type RunnablePod = z.infer<typeof runnablePod>;
const secretData = z.object({ data: z.record(z.string(), z.string()) });

export async function startContainer(world: World, object: KubeObject, shell: CommandLine): Promise<ServerProcess> {
  const pod = runnablePod.parse(object);
  const { name, namespace } = pod.metadata;
  const folder = world.plane.path(name);
  mkdirSync(folder, { recursive: true });
  const account = `--namespace ${namespace} ${pod.spec.serviceAccountName}`;
  writeFileSync(join(folder, 'token'), (await shell.succeeds(`kubectl create token ${account}`)).trim());
  writeFileSync(join(folder, 'kubeconfig'), world.plane.kubeconfig('admin', { tokenFile: join(folder, 'token') }));
  const [{ args, env, volumeMounts }] = pod.spec.containers;
  const mounted = await Promise.all(volumeMounts.map(async (mount) => mountSecret(world, pod, mount, folder)));
  const local = (argument: string): string =>
    mounted.reduce((text, { mountPath, path }) => text.replace(`=${mountPath}/`, `=${path}/`), argument);
  const child = new ServerProcess({
    name,
    command: process.execPath,
    // Where a pod has an address of its own, the pods of this machine share one.
    args: [BUNDLE, ...args.map(local), `--kubeconfig=${join(folder, 'kubeconfig')}`, '--address=127.0.0.1:0'],
    env: {
      VULTR_API_URL: await world.cloud.urlFor(name),
      ...Object.fromEntries(env.map(({ name: variable }) => [variable, name])),
    },
    logPath: join(folder, 'log'),
  });
  return child.ready(START_TIMEOUT_MS, () => Promise.resolve(child.log().includes('"msg":"started"')));
}

async function mountSecret(
  world: World,
  { metadata, spec }: RunnablePod,
  mount: { readonly name: string; readonly mountPath: string },
  folder: string,
): Promise<{ readonly mountPath: string; readonly path: string }> {
  const secretName = spec.volumes.find(({ name }) => name === mount.name)?.secret.secretName ?? '';
  const secret = await world.plane.admin.get(`/api/v1/namespaces/${metadata.namespace}/secrets/${secretName}`);
  const path = join(folder, mount.name);
  mkdirSync(path, { recursive: true });
  for (const [file, text] of Object.entries(secretData.parse(secret).data)) {
    writeFileSync(join(path, file), Buffer.from(text, 'base64'));
  }
  return { mountPath: mount.mountPath, path };
}
