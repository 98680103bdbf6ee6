/** The answer to "what if?" as text. */
import { wordCount } from '../explain/amounts.ts';
import type { ActionRecord } from '../explain/record.ts';
import type { Change } from '../what-if/change.ts';
import type { Difference } from '../what-if/comparison.ts';
import type { Cost } from '../what-if/cost.ts';
import type { Outcome, WhatIfAnswer } from '../what-if/what-if.ts';
import { actionWords } from './action-words.ts';
import { table } from './table.ts';

/** Differences that are printed; the rest is counted, and all are in the JSON. */
const MOST_DIFFERENCES = 40;

export function whatIfText(answer: WhatIfAnswer, takenAt: string): string {
  const { changes, differences, notes } = answer;
  const lines = [
    `What if ${changes.map(changeWords).join(', ')}? By the state of ${takenAt}; nothing is changed.`,
    '',
    ...decidedLines('Decided as it is', answer.without),
    ...decidedLines('Decided then', answer.with),
    '',
    ...(differences.length === 0 ? ['Nothing else is different.'] : differenceLines(differences)),
    '',
    ...costLines(answer.without.costPerHour, answer.with.costPerHour),
    ...notes.map((note) => `Note: ${note}.`),
  ];
  return `${lines.join('\n')}\n`;
}

function changeWords(change: Change): string {
  switch (change.kind) {
    case 'pool': {
      const { min, max, pool } = change;
      const bounds = [
        ...(min === undefined ? [] : [`a minimum of ${min}`]),
        ...(max === undefined ? [] : [`a maximum of ${max}`]),
      ];
      return `pool ${pool} had ${bounds.join(' and ')}`;
    }
    case 'price':
      return `plan ${change.plan} cost $${change.usdPerHour}/h`;
    case 'remove-node':
      return `node ${change.node} were gone`;
    default: {
      const { kind, name, namespace } = change.workload;
      return `${kind} ${namespace}/${name} had ${change.replicas} pods`;
    }
  }
}

function decidedLines(title: string, { actions }: Outcome): readonly string[] {
  if (actions.length === 0) return [`${title}: nothing.`];
  return [`${title}:`, ...actions.map((action) => `  ${actionWords(action)}${moreWords(action)}: ${action.because}`)];
}

function moreWords(action: ActionRecord): string {
  if (action.kind === 'resize') return ` for ${wordCount(action.pods, 'pod')}${priceWords('+', action.pricePerHour)}`;
  return action.kind === 'remove-node' ? priceWords('-', action.pricePerHour) : '';
}

function priceWords(sign: string, price: number | undefined): string {
  return price === undefined ? '' : `, ${sign}$${price.toFixed(3)}/h`;
}

function differenceLines(differences: readonly Difference[]): readonly string[] {
  const lines = ['What is different:'];
  for (const { kind, what, ...sides } of differences.slice(0, MOST_DIFFERENCES)) {
    const name = kind === 'pods' ? what : `${kind} ${what}`;
    lines.push(`  ${name}`, `    as it is  ${sides.without || '–'}`, `    then      ${sides.with || '–'}`);
  }
  const left = differences.length - MOST_DIFFERENCES;
  return left > 0 ? [...lines, `  and ${left} more; -o=json has them all`] : lines;
}

function costLines(without: Cost, changed: Cost): readonly string[] {
  const header = ['$ an hour', 'now', 'once done', 'once unneeded nodes have gone'];
  return table(header, [costRow('as it is', without), costRow('then', changed)]);
}

function costRow(name: string, { now, decided, settled }: Cost): readonly string[] {
  return [name, ...[now, decided, settled].map((usd) => usd.toFixed(3))];
}
