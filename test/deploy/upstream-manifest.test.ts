/**
 * Cluster Autoscaler's own manifests for Vultr, with nothing changed but the image: the command is there, the flags are
 * read, the cloud-config is found, and with no more rights than they grant nodes come and go. What is missing in the
 * rights stands in docs/migration.md.
 */
import assert from 'node:assert/strict';
import { posix } from 'node:path';
import { describe, it } from 'node:test';
import * as z from 'zod';
import { parseOptions } from '../../src/options/options.ts';
import { parseCloudConfig } from '../../src/vultr/cloud-config.ts';
import type { LogLine } from '../support/recording-logger.ts';
import { deployment } from '../support/workloads.ts';
import { MINUTE_MS, aPool, aWorld } from '../support/world.ts';
import { imageOf } from './dockerfile.ts';
import { deploymentForm, type Manifest, manifestsOf, textOf, theOne } from './manifests.ts';
import { GrantedRights, isCovered, rightText, rightsOf } from './rights.ts';

const MANIFESTS = ['cluster-autoscaler-manifest.yaml', 'vultr-distribution-manifest.yaml'];
const image = imageOf(textOf('deploy/Dockerfile'));
const ours = rightsOf(manifestsOf(textOf('deploy/rbac.yaml')));
const secretForm = z.object({ metadata: z.object({ name: z.string() }), stringData: z.record(z.string(), z.string()) });

/** What the section of docs/migration.md lists, as the first column of its table. */
const documented = /^## Rights$(.*?)^## /ms.exec(textOf('docs/migration.md'))?.[1] ?? '';
const documentedRights = [...documented.matchAll(/^\| `([^`|]+)`/gm)].map(([, right = '']) => right);

for (const file of MANIFESTS) {
  const manifests = manifestsOf(textOf(`test/deploy/${file}`));
  const container = theOne(manifests, 'Deployment', deploymentForm).spec.template.spec.containers[0];
  const [program = '', ...words] = [...(container.command ?? image.entrypoint), ...(container.args ?? [])];
  const flags = words.filter((word) => word.startsWith('-'));

  describe(file, () => {
    it('starts a program that the image has', () => {
      const path = posix.resolve(image.workdir, program);
      assert.ok(container.command === undefined || image.programs.includes(path), `${path} is not in the image`);
    });

    it('has flags that are read without an error or a warning', () => {
      const parsed = parseOptions(flags);
      assert.deepEqual(parsed.ok ? parsed.value.warnings : parsed.error, []);
      assert.equal(parsed.ok && parsed.value.options.logging.verbosity, 2);
    });

    it('has its cloud-config where the flag says, in a form that is read', () => {
      const parsed = parseOptions(flags);
      assert.ok(parsed.ok);
      const read = parseCloudConfig(mountedText(manifests, parsed.value.options.vultr.cloudConfigPath ?? ''), {});
      assert.ok(read.ok);
      assert.deepEqual(read.value.warnings, []);
      assert.equal(read.value.config.clusterId, '00000000-0000-4000-8000-000000000001');
    });

    it('grants what deploy/rbac.yaml does, but for the rights that docs/migration.md lists', () => {
      const missing = ours.filter((right) => !isCovered(right, rightsOf(manifests))).map(rightText);
      assert.deepEqual(documentedRights.toSorted(), missing.toSorted());
    });

    it('lets nodes come and go with its rights, and what cannot be kept or seen is told in the log', async () => {
      const access = new GrantedRights(rightsOf(manifests));
      const warnings: LogLine[] = [];
      const world = aWorld({
        pools: [aPool('web')],
        flags: ['--leader-elect=true'],
        access,
        onLog: (line) => line.level === 'warn' && warnings.push(line),
      });
      await world.begin();
      world.apply(deployment('web', 8));
      await world.served();
      assert.ok(world.pool('web').quantity > 1);
      world.scale('deployments', 'web', 1);
      await world.until('the pool is at its minimum', () => world.isAtMinimum(), 30 * MINUTE_MS);
      const refused = [...access.refused].map((right) => right.replace(/^patch nodes .*$/, 'patch nodes'));
      assert.deepEqual([...new Set(refused)].toSorted(), [
        'get configmaps "vke-autoscaler-state"',
        'list deviceclasses.resource.k8s.io',
        'list volumeattachments.storage.k8s.io',
        'patch nodes',
        'update configmaps "vke-autoscaler-state"',
      ]);
      const told = warnings.map(({ message, fields: { resource } }) =>
        typeof resource === 'string' ? `${message} ${resource}` : message,
      );
      assert.deepEqual([...new Set(told)].toSorted(), [
        'a managed pool has Vultr’s own autoscaling switched on',
        'doing without a kind: it counts as empty deviceclasses',
        'doing without a kind: it counts as empty volumeattachments',
        'the state cannot be kept: a restart would forget timers and backoffs',
        'what was kept cannot be read; starting without',
      ]);
      await world.end();
    });
  });
}

/** What the container finds at the path: the key of a Secret that is mounted there. */
function mountedText(manifests: readonly Manifest[], path: string): string | undefined {
  const { containers, volumes } = theOne(manifests, 'Deployment', deploymentForm).spec.template.spec;
  const secret = theOne(manifests, 'Secret', secretForm);
  const mount = containers[0].volumeMounts.find(({ mountPath }) => posix.dirname(path) === mountPath);
  const volume = volumes.find(({ name }) => name === mount?.name);
  return volume?.secret?.secretName === secret.metadata.name ? secret.stringData[posix.basename(path)] : undefined;
}
