/** Questions to a running autoscaler, and decisions with what came of them, in the sandbox and in virtual time. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { listAt, numberAt, textAt } from '../sandbox/kubernetes/json.ts';
import { decisionsText, problemText } from '../src/commands/answer-text.ts';
import { ask, podWith } from './support/asking.ts';
import { MINUTE_MS, aPool, aWorld } from './support/world.ts';
import { deployment } from './support/workloads.ts';

describe('questions', () => {
  it('about one of many alike pods are answered for each of them, and for pods that have their node', async () => {
    const world = aWorld({ pools: [aPool('web', { maxNodes: 2 })] });
    await world.begin();
    world.apply(deployment('web', 20));
    await world.runFor(5 * MINUTE_MS);
    const waiting = world.waitingPods();
    assert.ok(waiting.length > 2);
    for (const { metadata } of waiting) {
      const { answer } = await ask(world, `/explain/pods/default/${metadata.name}`);
      assert.equal(textAt(answer, 'state'), 'cannot-be-helped');
      assert.equal(numberAt(answer, 'alike'), waiting.length);
      assert.match(textAt(answer, 'owner'), /^ReplicaSet default\/web/);
    }
    const bound = world.pods().find((pod) => !waiting.includes(pod));
    const { answer } = await ask(world, `/explain/pods/default/${bound?.metadata.name}`);
    assert.equal(textAt(answer, 'state'), 'bound');
    const { text } = await ask(world, '/explain/pools/web');
    assert.match(text, /pool web: It does not grow: at its maximum of 2 nodes\./);
    await world.end();
  });

  it('about what is not there are answered with near names; others that make no sense are refused', async () => {
    const world = aWorld({ pools: [aPool('web')] });
    await world.begin();
    world.apply(podWith({}, { cpu: '64' }));
    await world.runFor(30_000);
    for (const [path, status, words] of [
      ['/explain/pods/default/askde', 404, /there is no pod default\/askde; did you mean default\/asked\?/],
      ['/explain/pools/wbe', 404, /did you mean web\?/],
      ['/explain/nodes/nothing-like-it', 404, /^there is no node nothing-like-it$/],
      ['/explain/pods/asked', 400, /NAMESPACE\/NAME/],
      ['/explain/nodes/%E0%A4%A', 400, /not well formed/],
      ['/explain/secrets/default', 404, /\/explain\/pods/],
      ['/decisions?limit=0', 400, /from 1 to 256/],
      ['/decisions/none', 404, /there is no decision none/],
    ] as const) {
      const answer = await world.current.ask(path);
      assert.equal(answer.status, status, path);
      assert.match(problemText(answer.body), words);
    }
    await world.end();
  });

  it('to a replica that does not lead say so', async () => {
    const world = aWorld({ pools: [aPool('web')], flags: ['--leader-elect=true'] });
    const [first, second] = [world.start('one'), world.start('two')];
    await world.runFor(MINUTE_MS);
    const [leader, other] = first.isLeader ? [first, second] : [second, first];
    assert.equal((await leader.ask('/explain/pools/web')).status, 200);
    const answer = await other.ask('/explain/pools/web');
    assert.equal(answer.status, 503);
    assert.match(answer.body, /"reason":"not-leading"/);
    assert.equal((await other.ask('/health-check')).status, 200);
    assert.match((await other.ask('/metrics')).body, /^vke_autoscaler_leader 0$/m);
    await world.end();
  });
});

describe('decisions', () => {
  it('are kept with what came of them: the call, the nodes, the pods, the removal', async () => {
    const world = aWorld({ pools: [aPool('web')] });
    await world.begin();
    world.apply(deployment('web', 8));
    await world.served();
    world.scale('deployments', 'web', 1);
    await world.until('one node is left', () => world.nodes().length === 1, 60 * MINUTE_MS);
    await world.runFor(MINUTE_MS);
    const { body } = await world.current.ask('/decisions?limit=256');
    const decisions = listAt(JSON.parse(body), 'decisions');
    const outcomes = decisions.flatMap((decision) => listAt(decision, 'outcomes'));
    const whats = new Set(outcomes.map((outcome) => textAt(outcome, 'what')));
    for (const what of ['resize-accepted', 'nodes-ready', 'pod-bound', 'removal-started', 'removal-done'] as const) {
      assert.ok(whats.has(what), `${what} among ${[...whats].join(' ')}`);
    }
    const text = decisionsText(body) ?? '';
    assert.match(text, /pool web 1 → \d nodes: /);
    assert.match(text, /→ nodes-ready web after \d+ s/);
    assert.match(text, /→ pod-bound default\/web-\S+ after \d+ s \(\S+\)/);
    assert.equal((await world.current.ask(`/decisions/${textAt(decisions[0], 'id')}`)).status, 200);
    await world.end();
  });
});
