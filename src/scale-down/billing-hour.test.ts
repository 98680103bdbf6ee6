/** `--respect-billing-hour`: a node goes shortly before the end of an hour that is paid for anyway. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { anInstance } from '../node-groups/fixtures.test-support.ts';
import { EAGER, MINUTE_MS, NOW_MS, plan, removed, whyStays } from './fixtures.test-support.ts';
import { aWorld } from './world.test-support.ts';

const options = { ...EAGER, respectBillingHour: true };

/** An empty node of an instance that was created so long ago. */
function nodeOfAge(minutes: number): ReturnType<typeof aWorld> {
  const createdAtMs = NOW_MS - minutes * MINUTE_MS;
  return aWorld({ nodes: [{ name: 'n1' }], group: { nodes: [], instances: [anInstance('n1', { createdAtMs })] } });
}

describe('with --respect-billing-hour', () => {
  for (const minutes of [0, 1, 49, 60, 109, 229]) {
    it(`a node of ${minutes} minutes stays for the rest of its hour, and says until when`, () => {
      const made = plan({ ...nodeOfAge(minutes), options });
      assert.deepEqual(removed(made), []);
      const untilMs = NOW_MS + (50 - (minutes % 60)) * MINUTE_MS;
      assert.deepEqual(whyStays(made, 'n1'), { code: 'HourPaidFor', untilMs });
    });
  }

  for (const minutes of [50, 59, 110, 239]) {
    it(`a node of ${minutes} minutes goes`, () => {
      assert.deepEqual(removed(plan({ ...nodeOfAge(minutes), options })), ['n1']);
    });
  }

  it('the age of the Node counts where the cloud does not say when it made the instance', () => {
    const node = { name: 'n1', createdAtMs: NOW_MS - 20 * MINUTE_MS };
    const made = plan({ ...aWorld({ nodes: [node] }), options });
    assert.deepEqual(whyStays(made, 'n1'), { code: 'HourPaidFor', untilMs: NOW_MS + 30 * MINUTE_MS });
  });

  it('nobody waits unless that is asked for', () => {
    assert.deepEqual(removed(plan({ ...nodeOfAge(5), options: EAGER })), ['n1']);
  });
});
