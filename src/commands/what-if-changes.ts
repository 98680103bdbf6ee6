/** The changes that the flags of `what-if` ask for; what cannot be read names its flag. */
import { flag } from '../options/flag.ts';
import type { ParsedFlags } from '../options/pflag.ts';
import { quoted } from '../options/problem.ts';
import { nearestName } from '../runtime/nearest.ts';
import { type Result, failure, success } from '../runtime/result.ts';
import type { Change, ChangeProblem, WorkloadKind, WorkloadName } from '../what-if/change.ts';

export const changeFlags = {
  title: 'Changes',
  flags: [
    {
      ...flag('pool', 'string', '', 'The pool, by its label or id, that --min and --max are for.'),
      valueName: 'LABEL',
    },
    flag('min', 'int', '0', 'Another minimum of the pool.'),
    flag('max', 'int', '0', 'Another maximum of the pool.'),
    { ...flag('remove-node', 'repeated', '', 'A node that is gone. May be repeated.'), valueName: 'NODE' },
    {
      ...flag(
        'scale',
        'repeated',
        '',
        'A workload with another number of pods: deploy/web=40, shop/statefulset/db=5. May be repeated.',
      ),
      valueName: '[NAMESPACE/]KIND/NAME=N',
    },
    {
      ...flag('price', 'repeated', '', 'Another price of a plan, in US dollars an hour. May be repeated.'),
      valueName: 'PLAN=USD',
    },
  ],
} as const;

export type ChangeFlags = ParsedFlags<(typeof changeFlags)['flags'][number]>;

/** By the names that kubectl takes. */
const KINDS: Readonly<Record<string, WorkloadKind>> = {
  deploy: 'Deployment',
  deployment: 'Deployment',
  deployments: 'Deployment',
  rs: 'ReplicaSet',
  replicaset: 'ReplicaSet',
  replicasets: 'ReplicaSet',
  sts: 'StatefulSet',
  statefulset: 'StatefulSet',
  statefulsets: 'StatefulSet',
  job: 'Job',
  jobs: 'Job',
  rc: 'ReplicationController',
  replicationcontroller: 'ReplicationController',
  replicationcontrollers: 'ReplicationController',
};

/** As many pods as any cluster holds; more would only take long. */
const MOST_REPLICAS = 100_000;
const MOST_NODES = 100_000;

export function readChanges(flags: ChangeFlags): Result<readonly Change[], readonly ChangeProblem[]> {
  const read: readonly Result<Change, ChangeProblem>[] = [
    ...poolOf(flags),
    ...flags.get('price').map(priceOf),
    ...flags.get('remove-node').map((node) => success({ kind: 'remove-node', node } as const)),
    ...flags.get('scale').map(scaleOf),
  ];
  const problems = read.flatMap((each) => (each.ok ? [] : [each.error]));
  if (problems.length > 0) return failure(problems);
  return success(read.flatMap((each) => (each.ok ? [each.value] : [])));
}

function poolOf(flags: ChangeFlags): readonly Result<Change, ChangeProblem>[] {
  const pool = flags.get('pool');
  const bounds = (['min', 'max'] as const).filter((name) => flags.given(name));
  if (pool === '') {
    return bounds.map((field) => failure({ field, message: `--pool says of which pool: --pool=web --${field}=3` }));
  }
  if (bounds.length === 0) return [failure({ field: 'pool', message: 'what of it? Add --min or --max' })];
  const wrong = bounds.find((name) => flags.get(name) < 1 || flags.get(name) > MOST_NODES);
  if (wrong !== undefined) {
    return [failure({ field: wrong, message: `${flags.get(wrong)} is not from 1 to ${MOST_NODES} nodes` })];
  }
  return [success({ kind: 'pool', pool, ...Object.fromEntries(bounds.map((name) => [name, flags.get(name)])) })];
}

function priceOf(text: string): Result<Change, ChangeProblem> {
  const [, plan = '', amount = ''] = /^(.+)=\$?(\d+(?:\.\d+)?)$/.exec(text) ?? [];
  if (plan === '') {
    const message = `${quoted(text)} is no plan with a price, such as vc2-4c-8gb=0.055`;
    return failure({ field: 'price', message });
  }
  return success({ kind: 'price', plan, usdPerHour: Number(amount) });
}

function scaleOf(text: string): Result<Change, ChangeProblem> {
  const [, name = '', count = ''] = /^([^=]+)=(\d+)$/.exec(text) ?? [];
  const words = name.split('/');
  if (name === '' || words.length < 2 || words.length > 3 || words.includes('')) {
    return unreadable(`${quoted(text)} is no workload with a number, such as deploy/web=40 or shop/deploy/web=40`);
  }
  const replicas = Number(count);
  if (replicas > MOST_REPLICAS) return unreadable(`${count} is more than ${MOST_REPLICAS} pods`);
  const workload = workloadOf(words);
  if (typeof workload === 'string') return unreadable(workload);
  return success({ kind: 'scale', workload, replicas });
}

function unreadable(message: string): Result<Change, ChangeProblem> {
  return failure({ field: 'scale', message });
}

/** The workload, or what is wrong with its name. */
function workloadOf(words: readonly string[]): WorkloadName | string {
  const [name = '', kindWord = '', namespace = 'default'] = words.toReversed();
  const kind = Object.hasOwn(KINDS, kindWord.toLowerCase()) ? KINDS[kindWord.toLowerCase()] : undefined;
  if (kind !== undefined) return { namespace, kind, name };
  if (/^(ds|daemonsets?)$/i.test(kindWord)) return 'a DaemonSet has a pod on each node and is not scaled by a number';
  const near = nearestName(kindWord, Object.keys(KINDS));
  return `${quoted(kindWord)} is no kind of workload${near === undefined ? '' : `; did you mean ${near}?`}`;
}
