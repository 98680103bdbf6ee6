/** `--shadow`: two autoscalers on one cluster, one that acts and one that leaves no trace and says what it thinks of it. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { listAt, textAt } from '../sandbox/kubernetes/json.ts';
import { parseOptions } from '../src/options/options.ts';
import { MINUTE_MS, type World, aPool, aWorld } from './support/world.ts';
import { deployment } from './support/workloads.ts';

interface Finding {
  readonly what: string;
  readonly verdict: string;
  readonly pool: string;
}

async function findings(world: World): Promise<readonly Finding[]> {
  const { status, body } = await world.current.ask('/shadow');
  assert.equal(status, 200, body);
  return listAt(JSON.parse(body), 'findings').map((finding) => ({
    what: textAt(finding, 'what'),
    verdict: textAt(finding, 'verdict'),
    pool: textAt(finding, 'pool'),
  }));
}

it('takes no Lease and changes nothing, whatever else is set', () => {
  const parsed = parseOptions(['--shadow', '--leader-elect=true']);
  assert.ok(parsed.ok);
  assert.equal(parsed.value.options.loop.dryRun, true);
  assert.equal(parsed.value.options.leaderElection.enabled, false);
});

it('agrees with one that does as it would, and notices what that one does by itself', async () => {
  const world = aWorld({ pools: [aPool('web'), aPool('spare')], flags: ['--shadow'] });
  await world.begin();
  const web = world.pool('web');
  world.apply(deployment('web', 9));
  // Somebody else's turn, a while after this one has wanted it.
  await world.runFor(MINUTE_MS);
  assert.equal(world.pool('web').quantity + world.pool('spare').quantity, 2, 'nothing is done');
  const wanted = world.current.records.at(-1)?.actions.find(({ kind }) => kind === 'resize');
  assert.ok(wanted?.kind === 'resize');
  const { group, to } = wanted;
  world.sandbox.cloud.changePool(world.pool(group).id, { quantity: to });
  const other = group === 'web' ? 'spare' : 'web';
  world.sandbox.cloud.changePool(world.pool(other).id, { quantity: 2 });
  await world.served();
  await world.runFor(MINUTE_MS);
  const seen = await findings(world);
  assert.ok(
    seen.some((one) => one.verdict === 'agreed' && one.what === 'scale-up' && one.pool === group),
    JSON.stringify(seen),
  );
  assert.ok(
    seen.some((one) => one.verdict === 'only-they' && one.what === 'scale-up' && one.pool === other),
    JSON.stringify(seen),
  );
  assert.match(
    (await world.current.ask('/metrics')).body,
    /shadow_findings_total\{what="scale-up",verdict="agreed"\} 1/,
  );
  assert.ok(web.quantity === 1 && world.markedNodes().length === 0);
  await world.close();
});
