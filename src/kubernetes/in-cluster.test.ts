import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inClusterAccess } from './in-cluster.ts';
import { CA, CLIENT_CERTIFICATE } from './testing/certificates.ts';
import { FakeHost } from './testing/fake-access-host.ts';
import { VirtualClock } from '../../sandbox/time/virtual-clock.ts';

const ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

test('inside a cluster token and CA come from the service account and follow their rotation', async () => {
  const host = new FakeHost();
  const clock = new VirtualClock();
  Object.assign(host.variables, { KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '443' });
  host.files.set(`${ACCOUNT}/token`, 'one\n');
  host.files.set(`${ACCOUNT}/ca.crt`, CA);
  const access = inClusterAccess(clock, host);
  assert.ok(access.ok);
  assert.equal(access.value.server, 'https://[fd00::1]:443');
  const before = await access.value.present();
  host.files.set(`${ACCOUNT}/token`, 'two\n');
  await clock.runFor(61_000);
  const after = await access.value.present();
  assert.ok(before.ok && after.ok);
  assert.equal(after.value.authorization?.reveal(), 'Bearer two');
  assert.equal(after.value.tls, before.value.tls);
  host.files.set(`${ACCOUNT}/ca.crt`, CLIENT_CERTIFICATE);
  await clock.runFor(61_000);
  const rotated = await access.value.present();
  assert.equal(rotated.ok && rotated.value.tls.ca, CLIENT_CERTIFICATE);
});

test('outside a cluster the message says what to pass', () => {
  const access = inClusterAccess(new VirtualClock(), new FakeHost());
  assert.match(access.ok ? '' : access.error.message, /not inside a cluster.*--kubeconfig FILE/);
});
