import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PodDisruptionBudgetFacts } from '../cluster/facts.ts';
import { aPdb, aPod } from '../cluster/fixtures.test-support.ts';
import { DisruptionBudgets } from './disruption-budgets.ts';

function labelled(
  key: string,
  allowed: number,
  rest: Partial<PodDisruptionBudgetFacts> = {},
): PodDisruptionBudgetFacts {
  const selector = { requirements: [{ key, operator: 'Exists', values: [] }] };
  return aPdb(`budget-${key}`, { selector, disruptionsAllowed: allowed, ...rest });
}

function pods(count: number, ...keys: string[]) {
  const labels = Object.fromEntries(keys.map((key) => [key, 'x']));
  return Array.from({ length: count }, (_, index) => aPod({ name: `${keys.join()}-${index}`, nodeName: 'n', labels }));
}

test('PD-01, kept safe: a pod of two budgets is refused, as the eviction API refuses it', () => {
  const budgets = new DisruptionBudgets([labelled('a', 5), labelled('b', 5)]);
  const refused = budgets.firstRefused([...pods(1, 'a'), ...pods(1, 'a', 'b')]);
  assert.equal(refused?.pod.name, 'a,b-0');
  assert.match(refused.detail, /budget-a, budget-b/);
});

test('PD-02 more pods than the budget allows may go one after the other, not at once', () => {
  const budgets = new DisruptionBudgets([labelled('a', 1)]);
  assert.equal(budgets.firstRefused(pods(2, 'a')), undefined);
  assert.equal(budgets.allowTogether(pods(2, 'a')), false);
  assert.equal(budgets.allowTogether(pods(1, 'a')), true);
});

test('PD-04 a budget of another namespace says nothing', () => {
  const budgets = new DisruptionBudgets([labelled('a', 0, { namespace: 'elsewhere' })]);
  assert.equal(budgets.firstRefused(pods(1, 'a')), undefined);
  assert.equal(budgets.covers(aPod({ labels: { a: 'x' } })), false);
});

test('PD-05 PD-06 what is taken is gone, and may go below nothing', () => {
  const budgets = new DisruptionBudgets([labelled('a', 2)]);
  budgets.take(pods(2, 'a'));
  assert.equal(budgets.firstRefused(pods(1, 'a'))?.pod.name, 'a-0');
  budgets.take(pods(1, 'a'));
  assert.equal(budgets.allowTogether([]), true);
});

test('PD-07 PD-08 an empty selector means every pod of the namespace, none means no pod', () => {
  const everything = new DisruptionBudgets([aPdb('b', { disruptionsAllowed: 0 })]);
  assert.notEqual(everything.firstRefused(pods(1, 'a')), undefined);
  const nothing = new DisruptionBudgets([aPdb('b', { disruptionsAllowed: 0, selector: undefined })]);
  assert.equal(nothing.firstRefused(pods(1, 'a')), undefined);
});

test('PD-09, kept safe: a selector that cannot be read holds the pods of its namespace, and only those', () => {
  const selector = { requirements: [{ key: 'a', operator: 'Resembles', values: ['x'] }] };
  const budgets = new DisruptionBudgets([aPdb('odd', { selector, disruptionsAllowed: 9 })]);
  assert.match(budgets.refusal(aPod({ nodeName: 'n' })) ?? '', /default\/odd cannot be read/);
  assert.equal(budgets.refusal(aPod({ nodeName: 'n', namespace: 'other' })), undefined);
});

test('a pod that is not ready needs no budget where the eviction API asks for none', () => {
  const [sick] = pods(1, 'a').map((pod) => ({ ...pod, ready: false }));
  const refusal = (rest: Partial<PodDisruptionBudgetFacts>): string | undefined =>
    new DisruptionBudgets([labelled('a', 0, rest)]).refusal(sick ?? assert.fail());
  assert.equal(refusal({ unhealthyPodEvictionPolicy: 'AlwaysAllow' }), undefined);
  assert.equal(refusal({ currentHealthy: 2, desiredHealthy: 2 }), undefined);
  assert.match(refusal({ currentHealthy: 1, desiredHealthy: 2 }) ?? '', /allows no disruption/);
  assert.match(refusal({ currentHealthy: 0, desiredHealthy: 0 }) ?? '', /allows no disruption/);
});
