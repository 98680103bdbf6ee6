import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseDurationMs } from './duration.ts';

describe('durations in annotations', () => {
  it('are read as Go writes them', () => {
    assert.equal(parseDurationMs('5m'), 300_000);
    assert.equal(parseDurationMs('1h2m3.5s'), 3_723_500);
    assert.equal(parseDurationMs('250ms'), 250);
    assert.equal(parseDurationMs('0'), 0);
  });

  it('are nothing when they are anything else', () => {
    for (const text of ['', '5', '5 m', 'm', '-5m', '5m!', 'soon'])
      assert.equal(parseDurationMs(text), undefined, text);
  });
});
