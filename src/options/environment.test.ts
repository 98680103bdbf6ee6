import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readEnvironment, variableOf } from './environment.ts';
import { flagTable } from './flag-table.ts';

type Environment = Readonly<Record<string, string>>;

function assigned(environment: Environment): readonly string[] {
  const read = readEnvironment(environment, flagTable);
  assert.ok(read.ok, read.ok ? '' : read.error.map(({ message }) => message).join('; '));
  return read.value.map(({ flag, text }) => `${flag.name}=${text}`);
}

function messages(environment: Environment): readonly string[] {
  const read = readEnvironment(environment, flagTable);
  return read.ok ? [] : read.error.map(({ message }) => message);
}

test('a variable for each flag, and no two flags share one', () => {
  assert.equal(variableOf('max-nodes-total'), 'VKE_AUTOSCALER_MAX_NODES_TOTAL');
  assert.equal(variableOf('v'), 'VKE_AUTOSCALER_V');
  assert.equal(new Set(flagTable.map(({ name }) => variableOf(name))).size, flagTable.length);
  for (const flag of flagTable) assert.deepEqual(assigned({ [variableOf(flag.name)]: '1' }), [`${flag.name}=1`]);
});

test('a list has one value in a line, commas included', () => {
  assert.deepEqual(assigned({ VKE_AUTOSCALER_NODES: '1:5:web\n 2:6:batch \n' }), ['nodes=1:5:web', 'nodes=2:6:batch']);
  assert.deepEqual(assigned({ VKE_AUTOSCALER_NODE_GROUP_AUTO_DISCOVERY: 'label:a=b,c=d' }), [
    'node-group-auto-discovery=label:a=b,c=d',
  ]);
});

test('an empty variable sets nothing, and others are not ours', () => {
  assert.deepEqual(assigned({ VKE_AUTOSCALER_MAX_NODES_TOTAL: '', VULTR_API_KEY: 'x', PATH: '/bin' }), []);
});

test('a variable that sets no flag is a mistake, and the nearest is named', () => {
  assert.deepEqual(messages({ VKE_AUTOSCALER_MAX_NODE_TOTAL: '3' }), [
    'VKE_AUTOSCALER_MAX_NODE_TOTAL: there is no flag --max-node-total; did you mean VKE_AUTOSCALER_MAX_NODES_TOTAL (--max-nodes-total)?',
  ]);
});

test('what Kubernetes sets for Services whose names begin with ours is left alone', () => {
  const links = {
    VKE_AUTOSCALER_SERVICE_HOST: '10.96.0.7',
    VKE_AUTOSCALER_SERVICE_PORT: '8085',
    VKE_AUTOSCALER_SERVICE_PORT_HTTP: '8085',
    VKE_AUTOSCALER_PORT: 'tcp://10.96.0.7:8085',
    VKE_AUTOSCALER_PORT_8085_TCP: 'tcp://10.96.0.7:8085',
    VKE_AUTOSCALER_PORT_8085_TCP_PROTO: 'tcp',
    VKE_AUTOSCALER_PORT_8085_TCP_PORT: '8085',
    VKE_AUTOSCALER_PORT_8085_TCP_ADDR: '10.96.0.7',
    VKE_AUTOSCALER_METRICS_SERVICE_HOST: '10.96.0.8',
  };
  assert.deepEqual(assigned(links), []);
});
