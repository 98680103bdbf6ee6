/** Asks a running autoscaler why, as a person does with `vke-autoscaler explain`. */
import assert from 'node:assert/strict';
import { recordAt } from '../../sandbox/kubernetes/json.ts';
import { answerText } from '../../src/commands/answer-text.ts';
import { barePod, type Workload } from './workloads.ts';
import type { World } from './world.ts';

export async function ask(world: World, path: string): Promise<{ readonly answer: unknown; readonly text: string }> {
  const { status, body } = await world.current.ask(path);
  assert.equal(status, 200, body);
  const text = answerText(body);
  assert.ok(text !== undefined, body);
  return { answer: JSON.parse(body), text };
}

/** The reason, or what stands behind it. */
export function reasonIn(holder: unknown): unknown {
  const because = recordAt(holder, 'reason', 'because');
  return 'code' in because ? because : recordAt(holder, 'reason');
}

/** A pod, called `asked`, with this in its spec. */
export function podWith(spec: object, needs: Parameters<typeof barePod>[1] = {}): Workload {
  const { resource, object } = barePod('asked', needs);
  return { resource, object: { ...object, spec: { ...recordAt(object, 'spec'), ...spec } } };
}
