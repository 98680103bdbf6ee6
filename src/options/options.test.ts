import assert from 'node:assert/strict';
import { defaultOptions, parseOptions } from './options.ts';
import { describe, test } from 'node:test';

function options(...args: readonly string[]) {
  const result = parseOptions(args);
  assert.ok(result.ok, result.ok ? '' : result.error.map((error) => error.message).join('; '));
  return result.value.options;
}

function warnings(...args: readonly string[]): readonly string[] {
  const result = parseOptions(args);
  assert.ok(result.ok);
  return result.value.warnings.map((warning) => warning.message);
}

function errors(...args: readonly string[]): readonly string[] {
  const result = parseOptions(args);
  assert.ok(!result.ok, `${args.join(' ')} was taken`);
  return result.error.map((error) => error.message);
}

function connection(url: string) {
  return options(`--kubernetes=${url}`).kubernetes.connection;
}

test('the arguments of a usual manifest for Cluster Autoscaler work without a warning', () => {
  const given = options(
    '--cloud-provider=vultr',
    '--cloud-config=/config/cloud-config',
    '--v=4',
    '--stderrthreshold=info',
    '--logtostderr=true',
    '--namespace=kube-system',
    '--leader-elect=true',
    '--expander=least-waste',
    '--skip-nodes-with-local-storage=false',
    '--skip-nodes-with-system-pods=false',
    '--balance-similar-node-groups=false',
    '--scale-down-unneeded-time=5m',
    '--nodes=1:10:web',
    '--nodes=2:5:batch',
  );
  assert.equal(given.vultr.cloudConfigPath, '/config/cloud-config');
  assert.equal(given.logging.level, 'debug');
  assert.equal(given.scaleDown.unneededTimeMs, 300_000);
  assert.equal(given.scaleDown.drainability.skipNodesWithLocalStorage, false);
  assert.deepEqual(given.vultr.specs, [
    { minSize: 1, maxSize: 10, pool: 'web' },
    { minSize: 2, maxSize: 5, pool: 'batch' },
  ]);
  assert.deepEqual(warnings('--stderrthreshold=info', '--logtostderr', '--balance-similar-node-groups=false'), []);
});

test('options are frozen to the bottom', () => {
  const frozen = (value: unknown): boolean =>
    typeof value !== 'object' || value === null || (Object.isFrozen(value) && Object.values(value).every(frozen));
  assert.ok(frozen(options('--nodes=1:2:a')));
});

test('options survive JSON, as a recorded pass keeps them', () => {
  const { vultr, http, ...rest } = defaultOptions();
  assert.deepEqual(JSON.parse(JSON.stringify(rest)), rest);
  assert.equal(vultr.cloudConfigPath, undefined);
  assert.equal(http.address.host, undefined);
});

test('zero means no maximum, and a negative cap no scale-up', () => {
  assert.equal(defaultOptions().limits.maxNodes, Number.MAX_SAFE_INTEGER);
  assert.equal(options('--max-nodes-total=50').limits.maxNodes, 50);
  assert.equal(options('--max-nodes-per-scaleup=0').scaleUp.maxNodesPerScaleUp, Number.MAX_SAFE_INTEGER);
  assert.equal(options('--max-nodes-per-scaleup=-1').scaleUp.maxNodesPerScaleUp, 0);
});

test('limits are in the units of resources: milli-CPU and bytes', () => {
  const { limits } = options('--cores-total=2:64', '--memory-total=4:256');
  assert.deepEqual([limits.minMilliCpu, limits.maxMilliCpu], [2_000, 64_000]);
  assert.deepEqual([limits.minMemoryBytes, limits.maxMemoryBytes], [4 * 2 ** 30, 256 * 2 ** 30]);
  assert.equal(options('--memory-total=0:100000000').limits.maxMemoryBytes, Number.MAX_SAFE_INTEGER);
});

describe('where the API server is', () => {
  test('the kubeconfig goes before the URL, and without both it is the own cluster', () => {
    assert.deepEqual(defaultOptions().kubernetes.connection, { kind: 'in-cluster' });
    assert.deepEqual(options('--kubeconfig=k', '--kubernetes=http://x').kubernetes.connection, {
      kind: 'kubeconfig',
      path: 'k',
    });
  });

  test('the query of the URL says by what right', () => {
    const url = 'https://10.96.0.1:6443';
    assert.deepEqual(connection(url), { kind: 'server', url, credentials: { kind: 'in-cluster' } });
    assert.deepEqual(connection(`${url}/?inClusterConfig=false`), {
      kind: 'server',
      url,
      credentials: { kind: 'none' },
    });
    assert.deepEqual(connection(`${url}?inClusterConfig=false&useServiceAccount=true`), {
      kind: 'server',
      url,
      credentials: { kind: 'service-account' },
    });
    assert.deepEqual(connection(`${url}?inClusterConfig=false&auth=/etc/kubeconfig`), {
      kind: 'server',
      url,
      credentials: { kind: 'kubeconfig', path: '/etc/kubeconfig' },
    });
  });
});

test('the address of the HTTP server', () => {
  assert.deepEqual(defaultOptions().http.address, { host: undefined, port: 8085 });
  assert.deepEqual(options('--address=127.0.0.1:0').http.address, { host: '127.0.0.1', port: 0 });
  assert.deepEqual(options('--address=[::1]:9000').http.address, { host: '::1', port: 9000 });
});

test('pools are discovered by their tags', () => {
  const { vultr } = options('--node-group-auto-discovery=label:tag=a', '--node-group-auto-discovery=label:tag=b');
  assert.deepEqual(vultr.queries, [[{ key: 'tag', value: 'a' }], [{ key: 'tag', value: 'b' }]]);
});

describe('values out of their range, each error naming flag, value and form', () => {
  const cases: Readonly<Record<string, string>> = {
    '--cores-total=5': '--cores-total: "5" is not valid; expected MIN:MAX in whole numbers, such as 0:100',
    '--cores-total=-1:5': '--cores-total: "-1:5" is not valid; expected MIN:MAX in whole numbers, such as 0:100',
    '--memory-total=9:5':
      '--memory-total: "9:5" is not valid; expected MIN:MAX with a minimum that is not above the maximum',
    '--gpu-total=gpu:1': '--gpu-total: "gpu:1" is not valid; expected TYPE:MIN:MAX, such as nvidia.com/gpu:0:4',
    '--scan-interval=0s': '--scan-interval: "0s" is not valid; expected at least 1ms',
    '--settle-window=11s': '--settle-window: "11s" is not valid; expected at least 0s and at most 10s',
    '--scale-down-unneeded-time=-1m': '--scale-down-unneeded-time: "-1m" is not valid; expected at least 0s',
    '--scale-down-utilization-threshold=50':
      '--scale-down-utilization-threshold: "50" is not valid; expected at least 0 and at most 1',
    '--max-scale-down-parallelism=0': '--max-scale-down-parallelism: "0" is not valid; expected at least 1',
    '--max-nodes-total=-1': '--max-nodes-total: "-1" is not valid; expected at least 0',
    '--nodes=web':
      '--nodes: "web" is not valid; expected MIN:MAX:POOL with the label or id of a node pool, such as 1:10:web',
    '--nodes=5:1:web':
      '--nodes: "5:1:web" is not valid; expected MIN:MAX:POOL with a maximum of at least 1 and of the minimum',
    '--node-group-auto-discovery=asg:tag=x':
      '--node-group-auto-discovery: "asg:tag=x" is not valid; expected label:KEY=VALUE,… with labels of node pools, such as label:tag=autoscaled',
    '--node-group-auto-discovery=label:tag=':
      '--node-group-auto-discovery: "label:tag=" is not valid; expected label:KEY=VALUE,… with labels of node pools, such as label:tag=autoscaled',
    '--address=8085': '--address: "8085" is not valid; expected [HOST]:PORT, such as :8085 or 127.0.0.1:8085',
    '--address=:65536': '--address: ":65536" is not valid; expected [HOST]:PORT, such as :8085 or 127.0.0.1:8085',
    '--kubernetes=10.0.0.1':
      '--kubernetes: "10.0.0.1" is not valid; expected the URL of an API server, such as https://10.96.0.1:443',
    '--namespace=Kube_System':
      '--namespace: "Kube_System" is not valid; expected a name of lower-case letters, digits and dashes',
    '--predicate-parallelism=0': '--predicate-parallelism: "0" is not valid; expected at least 1',
    '--enable-dynamic-resource-allocation=false':
      '--enable-dynamic-resource-allocation: "false" is not valid; expected true; it cannot be turned off',
    '--drain-priority-config=a:1':
      '--drain-priority-config: "a:1" is not valid; expected PRIORITY:SECONDS,… in whole numbers, such as 0:60,1000:300',
    '--cloud-provider=aws': '--cloud-provider: "aws" is not valid; expected vultr',
  };
  for (const [arg, message] of Object.entries(cases)) {
    test(arg, () => assert.deepEqual(errors(arg), [message]));
  }
});

describe('values that do not go together', () => {
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [['--initial-node-group-backoff-duration=1h'], /is longer than --max-node-group-backoff-duration/],
    [['--leader-elect-lease-duration=10s'], /\(10s\) must be longer than --leader-elect-renew-deadline \(10s\)/],
    [['--leader-elect-renew-deadline=2s'], /must be longer than 1\.2 times --leader-elect-retry-period/],
    [['--drain-priority-config=0:60', '--max-graceful-termination-sec=30'], /exclude each other/],
    [['--allowed-scheduler-names=a', '--bypassed-scheduler-names=a,b'], /: b must be among/],
    [['--nodes=1:2:a', '--nodes=1:3:a'], /names the pool "a" twice/],
  ];
  for (const [args, pattern] of cases) {
    test(args.join(' '), () => {
      const messages = errors(...args);
      assert.equal(messages.length, 1);
      assert.match(messages[0] ?? '', pattern);
    });
  }
});

describe('the expander', () => {
  test('every name of Cluster Autoscaler works, alone and in a chain, in the order given', () => {
    for (const name of ['least-waste', 'random', 'most-pods', 'least-nodes', 'price', 'priority']) {
      assert.deepEqual(options(`--expander=${name}`).scaleUp.expanders, [name]);
      assert.deepEqual(warnings(`--expander=${name}`), []);
    }
    assert.deepEqual(options('--expander=priority, most-pods,random').scaleUp.expanders, [
      'priority',
      'most-pods',
      'random',
    ]);
  });

  test('random leaves one group, so nothing may come after it', () => {
    assert.match(errors('--expander=random,least-waste')[0] ?? '', /random as the last name/);
  });

  test('grpc needs to know whom to ask, and by what to know it', () => {
    assert.equal(errors('--expander=grpc').length, 2);
    assert.match(errors('--expander=grpc', '--grpc-expander-url=x:1')[0] ?? '', /needs --grpc-expander-cert/);
    assert.match(
      errors('--expander=grpc', '--grpc-expander-url=https://x', '--grpc-expander-cert=ca.pem')[0] ?? '',
      /HOST:PORT/,
    );
    const given = options('--expander=grpc', '--grpc-expander-url=dns:///x.svc:7000', '--grpc-expander-cert=ca.pem');
    assert.deepEqual(given.expanderService, { address: { host: 'x.svc', port: 7000 }, caPath: 'ca.pem' });
    assert.match(warnings('--grpc-expander-url=x:1')[0] ?? '', /no effect without grpc/);
  });

  test('prices of plans are numbers, and each plan has one', () => {
    assert.deepEqual(options('--price=vhf-4c-16gb=0.09', '--price=vc2-1c-2gb=0').vultr.prices, {
      'vhf-4c-16gb': 0.09,
      'vc2-1c-2gb': 0,
    });
    assert.equal(errors('--price=vhf-4c-16gb=cheap').length, 1);
    assert.equal(errors('--price=vhf-4c-16gb=-1').length, 1);
    assert.match(errors('--price=a=1', '--price=a=2')[0] ?? '', /names the plan "a" twice/);
  });

  test('an unknown name, an empty one and a repeated one are errors', () => {
    assert.match(errors('--expander=leastwaste')[0] ?? '', /did you mean least-waste\?/);
    assert.equal(errors('--expander=').length, 1);
    assert.match(errors('--expander=random,random')[0] ?? '', /expected each name once/);
  });
});

test('a flag without effect is answered by a warning only when it asks for something else than what happens', () => {
  assert.deepEqual(warnings('--enable-proactive-scaleup'), [
    '--enable-proactive-scaleup is accepted for compatibility and has no effect: scaling up before pods exist is not implemented yet',
  ]);
  assert.deepEqual(warnings('--frequent-loops-enabled=true', '--max-bulk-soft-taint-count=0'), []);
  assert.equal(warnings('--frequent-loops-enabled=false', '--pod-injection-limit=7').length, 2);
});

test('the times of an election do not matter when there is none', () => {
  assert.equal(options('--leader-elect=false', '--leader-elect-lease-duration=2s').leaderElection.enabled, false);
});

test('a minimum of zero is taken, with a word on what VKE makes of it', () => {
  assert.match(warnings('--nodes=0:5:web')[0] ?? '', /the minimum 0 of "web" is read as 1/);
});

test('all mistakes are reported at once', () => {
  assert.equal(errors('--cores-total=x', '--address=y', '--max-nodes-total=-5').length, 3);
  assert.deepEqual(errors('stray'), ['unexpected argument stray']);
});

test('limits on GPUs go by type', () => {
  const { limits, nodeGroups } = options('--gpu-total=a100:0:4', '--gpu-total=l4:1:2', '--gpu-label=gpu.test/type');
  assert.deepEqual(limits.gpus, [
    { type: 'a100', min: 0, max: 4 },
    { type: 'l4', min: 1, max: 2 },
  ]);
  assert.deepEqual([limits.gpuLabel, nodeGroups.gpuLabel], ['gpu.test/type', 'gpu.test/type']);
  assert.match(errors('--gpu-total=a100:4').join(), /TYPE:MIN:MAX/);
});

test('taints that pass: the old name of startup taints still counts', () => {
  const { taints } = options(
    '--startup-taint=boot',
    '--ignore-taint=old',
    '--startup-taint-prefix=init.example.com/',
    '--status-taint=maint',
  ).nodeGroups;
  assert.deepEqual(taints, {
    startupKeys: ['old', 'boot'],
    startupPrefixes: ['init.example.com/'],
    statusKeys: ['maint'],
  });
});

test('balancing is off unless asked for, and compares by labels or by all else', () => {
  assert.equal(defaultOptions().scaleUp.balancing, undefined);
  const { balancing } = options('--balance-similar-node-groups', '--balancing-ignore-label=pool').scaleUp;
  assert.deepEqual(balancing, {
    labels: [],
    ignoredLabels: ['pool'],
    heedsOldNames: false,
    memoryRatio: 0.015,
    freeRatio: 0.05,
    allocatableRatio: 0.05,
  });
  assert.match(errors('--balancing-label=a', '--balancing-ignore-label=b').join(), /exclude each other/);
});

test('schedulers are named with commas', () => {
  const { bypassedSchedulers, allowedSchedulers } = options(
    '--bypassed-scheduler-names=batch',
    '--allowed-scheduler-names=batch,default-scheduler',
  ).scaleUp;
  assert.deepEqual([bypassedSchedulers, allowedSchedulers], [['batch'], ['batch', 'default-scheduler']]);
});
