/** The chain of expanders, held to Cluster Autoscaler's rules for it, and what some of them need beside. */
import { nearestName } from '../runtime/nearest.ts';
import type { ExpanderName } from '../scale-up/options.ts';
import type { Findings } from './findings.ts';
import { parseServiceAddress } from './forms.ts';
import type { ExpanderServiceOptions } from './options.ts';

const EXPANDERS: readonly ExpanderName[] = [
  'least-waste',
  'random',
  'most-pods',
  'least-nodes',
  'price',
  'priority',
  'grpc',
];

/** In the order in which they are asked; never empty. */
export function readExpanders(findings: Findings): readonly ExpanderName[] {
  const text = findings.flags.get('expander');
  const names = text.split(',').map((name) => name.trim());
  const chain = names.flatMap((name) => EXPANDERS.find((known) => known === name) ?? unknown(findings, text, name));
  if (new Set(names).size < names.length) findings.bad('expander', text, 'each name once');
  // What comes after it would have nothing to choose from.
  const random = chain.indexOf('random');
  if (random !== -1 && random < chain.length - 1) {
    findings.bad('expander', text, 'random as the last name: it always leaves one node group, and no choice to others');
  }
  return chain.length === 0 ? ['least-waste'] : chain;
}

function unknown(findings: Findings, text: string, name: string): readonly ExpanderName[] {
  const nearest = nearestName(name, EXPANDERS);
  const advice = nearest === undefined ? '' : ` (did you mean ${nearest}?)`;
  findings.bad('expander', text, `names from ${EXPANDERS.join(', ')}, separated by commas${advice}`);
  return [];
}

/** Whom the expander grpc asks, where it is in the chain. The connection is always encrypted, as in Cluster Autoscaler. */
export function readExpanderService(findings: Findings): { readonly expanderService?: ExpanderServiceOptions } {
  const { flags } = findings;
  const url = flags.get('grpc-expander-url').trim();
  const caPath = flags.get('grpc-expander-cert').trim();
  const isAsked = flags
    .get('expander')
    .split(',')
    .some((name) => name.trim() === 'grpc');
  if (!isAsked) {
    for (const name of ['grpc-expander-url', 'grpc-expander-cert'] as const) {
      if (flags.get(name) !== '') findings.warn(name, `--${name} has no effect without grpc in --expander`);
    }
    return {};
  }
  if (url === '') findings.conflict('grpc-expander-url', '--expander=grpc needs --grpc-expander-url: whom to ask');
  if (caPath === '') {
    findings.conflict('grpc-expander-cert', '--expander=grpc needs --grpc-expander-cert: by what to know whom it asks');
  }
  const address = url === '' ? undefined : findings.parsed('grpc-expander-url', url, parseServiceAddress);
  return address === undefined ? {} : { expanderService: { address, caPath } };
}
