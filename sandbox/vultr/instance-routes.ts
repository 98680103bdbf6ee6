/** `/v2/instances`: the machines as plain instances. Deleting one here happens behind VKE's back. */
import type { Machine } from './fleet.ts';
import { page } from './paging.ts';
import { NO_CONTENT, type Reply, refusal } from './reply.ts';
import type { Call, Route } from './router.ts';
import type { World } from './world.ts';

const INSTANCES = '/v2/instances';

/** The filters of the list, and where an instance has the value. */
const FILTERS: readonly (readonly [string, (machine: Machine) => string])[] = [
  ['label', (machine) => machine.instance.label],
  ['main_ip', (machine) => machine.mainIp],
  ['region', (machine) => machine.instance.region],
  ['tag', (machine) => machine.tag],
];

export function instanceRoutes(world: World): readonly Route[] {
  return [
    {
      method: 'GET',
      path: INSTANCES,
      answer: ({ query }) => {
        const wanted = FILTERS.filter(([name]) => query.has(name));
        const rows = world.fleet
          .machines()
          .filter((machine) => wanted.every(([name, valueOf]) => valueOf(machine) === query.get(name)))
          .map((machine) => instanceJson(machine));
        return page('instances', rows, { query, pageSize: world.settings().pageSize });
      },
    },
    {
      method: 'GET',
      path: `${INSTANCES}/:instance`,
      answer: (call) =>
        withMachine(world, call, (machine) => ({ status: 200, body: { instance: instanceJson(machine) } })),
    },
    {
      method: 'DELETE',
      path: `${INSTANCES}/:instance`,
      answer: (call) =>
        withMachine(world, call, (machine) =>
          loseMachine(world, machine.instance.id) ? NO_CONTENT : refusal(404, 'instance not found'),
        ),
    },
    {
      method: 'POST',
      path: `${INSTANCES}/:instance/reboot`,
      answer: (call) => withMachine(world, call, () => NO_CONTENT),
    },
  ];
}

/** Destroys a machine without VKE's knowing; `false` when there is none that could be. */
export function loseMachine(world: World, id: string): boolean {
  const machine = world.fleet.machine(id);
  if (machine === undefined || machine.state.kind === 'closing') return false;
  // A machine that is not being destroyed has its pool: deleting a pool destroys them all.
  const pool = world.clusters.get(machine.clusterId)?.pools.get(machine.instance.poolId);
  if (pool === undefined) return false;
  world.provisioner.loseNode(pool, id);
  return true;
}

function withMachine(world: World, call: Call, answer: (machine: Machine) => Reply): Reply {
  const machine = world.fleet.machine(call.params['instance'] ?? '');
  return machine === undefined ? refusal(404, 'instance not found') : answer(machine);
}

function instanceJson(machine: Machine): object {
  const { instance, plan, state } = machine;
  const running = state.kind !== 'pending';
  return {
    id: instance.id,
    os: 'Kubernetes',
    ram: plan.ram,
    disk: plan.disk,
    main_ip: machine.mainIp,
    vcpu_count: plan.vcpu_count,
    region: instance.region,
    plan: plan.id,
    date_created: machine.dateCreated,
    status: running ? 'active' : 'pending',
    power_status: running ? 'running' : 'stopped',
    server_status: running ? 'ok' : 'installingbooting',
    internal_ip: machine.internalIp,
    label: instance.label,
    hostname: instance.label,
    tag: machine.tag,
    tags: machine.tag === '' ? [] : [machine.tag],
    features: [],
  };
}
