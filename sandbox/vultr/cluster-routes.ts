/** `/v2/kubernetes/clusters` and `/v2/kubernetes/versions`. */
import { Buffer } from 'node:buffer';
import { admissionRefusal } from './admission.ts';
import type { Cluster } from './cluster.ts';
import { draw } from './fleet.ts';
import { uuid } from './ids.ts';
import { addPool } from './pool-creation.ts';
import { page } from './paging.ts';
import { ACCEPTED, NO_CONTENT, type Reply, refusal } from './reply.ts';
import { type NewCluster, clusterUpdate, newCluster, upgradeRequest, withBody } from './requests.ts';
import type { Route } from './router.ts';
import { REGIONS } from './regions.ts';
import { type World, withCluster } from './world.ts';

/** Newest first; an upgrade goes to one that stands before the cluster's own. */
export const VERSIONS: readonly string[] = ['v1.36.2+1', 'v1.36.1+3', 'v1.33.0+3'];

const CLUSTERS = '/v2/kubernetes/clusters';
const CLUSTER = `${CLUSTERS}/:cluster`;

export function clusterRoutes(world: World): readonly Route[] {
  const { clusters, settings, view } = world;
  const remove: Route['answer'] = (call) =>
    withCluster(world, call, (cluster) => {
      deleteCluster(world, cluster);
      return NO_CONTENT;
    });
  return [
    {
      method: 'GET',
      path: CLUSTERS,
      answer: ({ query }) => {
        const rows = [...clusters.values()].map((cluster) => view.cluster(cluster));
        return page('vke_clusters', rows, { query, pageSize: settings().pageSize });
      },
    },
    { method: 'POST', path: CLUSTERS, answer: (call) => withBody(call, newCluster, (body) => create(world, body)) },
    {
      method: 'GET',
      path: CLUSTER,
      answer: (call) =>
        withCluster(world, call, (cluster) => ({ status: 200, body: { vke_cluster: view.cluster(cluster) } })),
    },
    {
      method: 'PUT',
      path: CLUSTER,
      answer: (call) =>
        withCluster(world, call, (cluster) =>
          withBody(call, clusterUpdate, (body) => {
            cluster.label = body.label;
            cluster.oidc = body.oidc ?? cluster.oidc;
            return NO_CONTENT;
          }),
        ),
    },
    { method: 'DELETE', path: CLUSTER, answer: remove },
    { method: 'DELETE', path: `${CLUSTER}/delete-with-linked-resources`, answer: remove },
    {
      method: 'GET',
      path: `${CLUSTER}/resources`,
      answer: (call) =>
        withCluster(world, call, () => ({
          status: 200,
          body: { resources: { block_storage: [], load_balancer: [] } },
        })),
    },
    {
      method: 'GET',
      path: `${CLUSTER}/config`,
      answer: (call) =>
        withCluster(world, call, (cluster) => {
          const kubeconfig = settings().kubeconfig ?? documentedKubeconfig(cluster);
          return { status: 200, body: { kube_config: Buffer.from(kubeconfig).toString('base64') } };
        }),
    },
    {
      method: 'GET',
      path: `${CLUSTER}/available-upgrades`,
      answer: (call) =>
        withCluster(world, call, (cluster) => ({ status: 200, body: { available_upgrades: upgradesOf(cluster) } })),
    },
    {
      method: 'POST',
      path: `${CLUSTER}/upgrades`,
      answer: (call) =>
        withCluster(world, call, (cluster) =>
          withBody(call, upgradeRequest, ({ upgrade_version: version }) => {
            if (!upgradesOf(cluster).includes(version)) return refusal(400, 'Invalid upgrade version');
            cluster.version = version;
            return ACCEPTED;
          }),
        ),
    },
    {
      method: 'GET',
      path: '/v2/kubernetes/versions',
      open: true,
      answer: () => ({ status: 200, body: { versions: VERSIONS } }),
    },
  ];
}

export interface ClusterOrder {
  readonly label: string;
  readonly region: string;
  readonly version: string;
  readonly vpcId?: string | undefined;
  readonly haControlPlanes?: boolean;
  readonly enableFirewall?: boolean;
  readonly oidc?: unknown;
}

/** A cluster without pools, active already. */
export function addCluster(world: World, order: ClusterOrder): Cluster {
  const cluster: Cluster = {
    id: uuid(world.ids),
    region: order.region,
    createdAtMs: world.clock.now(),
    haControlPlanes: order.haControlPlanes ?? false,
    enableFirewall: order.enableFirewall ?? false,
    vpcId: order.vpcId ?? uuid(world.ids),
    label: order.label,
    version: order.version,
    oidc: order.oidc,
    state: { kind: 'active' },
    pools: new Map(),
  };
  world.clusters.set(cluster.id, cluster);
  return cluster;
}

function create(world: World, body: NewCluster): Reply {
  if (!REGIONS.some((region) => region.id === body.region)) return refusal(400, 'Invalid region');
  if (!VERSIONS.includes(body.version)) return refusal(400, 'Invalid version');
  const labels = new Set(body.node_pools.map((pool) => pool.label));
  if (labels.size < body.node_pools.length) return refusal(400, 'Node pool labels must be unique in a cluster');
  const requests = [];
  for (const pool of body.node_pools) {
    const plan = world.plans.get(pool.plan);
    if (plan === undefined) return refusal(400, 'Invalid plan');
    requests.push({ plan, region: body.region, count: pool.node_quantity });
  }
  const refused = admissionRefusal(world, requests);
  if (refused !== undefined) return refused;
  const cluster = addCluster(world, {
    label: body.label,
    region: body.region,
    version: body.version,
    vpcId: body.vpc_id,
    haControlPlanes: body.ha_controlplanes,
    enableFirewall: body.enable_firewall,
    oidc: body.oidc,
  });
  const delayMs = draw(world.random.stream('vultr/cluster-boot'), world.settings().clusterBootMs);
  const boot = world.clock.setTimer(delayMs, () => {
    cluster.state = { kind: 'active' };
  });
  cluster.state = { kind: 'pending', boot };
  for (const [index, pool] of body.node_pools.entries()) {
    const plan = requests[index]?.plan;
    if (plan !== undefined) addPool(world, cluster, { ...pool, plan, booted: false });
  }
  return { status: 201, body: { vke_cluster: world.view.cluster(cluster) } };
}

function deleteCluster(world: World, cluster: Cluster): void {
  if (cluster.state.kind === 'pending') cluster.state.boot.cancel();
  world.clusters.delete(cluster.id);
  for (const pool of cluster.pools.values()) world.provisioner.deletePool(pool);
}

function upgradesOf(cluster: Cluster): readonly string[] {
  const current = VERSIONS.indexOf(cluster.version);
  return current === -1 ? [] : VERSIONS.slice(0, current);
}

/** The real one carries client certificates as well; in the sandbox nobody checks any. */
function documentedKubeconfig(cluster: Cluster): string {
  return [
    'apiVersion: v1',
    'kind: Config',
    'clusters:',
    '  - name: vke',
    `    cluster: { server: "https://${cluster.id}.vultr-k8s.com:6443" }`,
    'users:',
    '  - name: admin',
    '    user: {}',
    'contexts:',
    '  - name: vke',
    '    context: { cluster: vke, user: admin }',
    'current-context: vke',
    '',
  ].join('\n');
}
