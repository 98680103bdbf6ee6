/** Nodes of a pool as instances: what Vultr's status words mean. */
import type { CloudError, Instance } from '../cloud/facts.ts';
import type { PoolLedger } from './pool-ledger.ts';
import type { NodeRow } from './wire.ts';

const PROVIDER_PREFIX = 'vultr://';

/** `vultr://<instance id>`, as the cloud controller writes it into `spec.providerID`. */
export function providerIdOf(nodeId: string): string {
  return PROVIDER_PREFIX + nodeId;
}

/** The instance id in a provider id; `undefined` when it is not one of Vultr's. */
export function nodeIdOf(providerID: string): string | undefined {
  return providerID.startsWith(PROVIDER_PREFIX) ? providerID.slice(PROVIDER_PREFIX.length) : undefined;
}

export function instancesOf(ledger: PoolLedger): readonly Instance[] {
  return ledger.listing.nodes.map((node) => ({
    id: providerIdOf(node.id),
    name: node.label,
    createdAtMs: node.createdAtMs,
    ...(ledger.isDeparting(node)
      ? ({ state: 'deleting', error: undefined } as const)
      : stateOf(node, ledger.wasActive(node.id))),
  }));
}

export function isKnownStatus(status: string): boolean {
  return ['active', 'upgrading', 'pending', 'closed', 'suspended'].includes(status);
}

function stateOf(
  node: NodeRow,
  wasActive: boolean,
): { readonly state: Instance['state']; readonly error: CloudError | undefined } {
  switch (node.status) {
    case 'active':
    case 'upgrading':
      return { state: 'running', error: undefined };
    case 'pending':
      return { state: 'creating', error: undefined };
    case 'closed':
      return { state: 'deleting', error: undefined };
    case 'suspended': {
      const message = `Vultr has suspended the instance of node ${node.label}; see the account's notices in the Vultr console`;
      return { state: 'running', error: { kind: 'account-refused', message } };
    }
    // No other word is documented. Whoever has been active once is taken for running; one that never was, for coming.
    default:
      return { state: wasActive ? 'running' : 'creating', error: creationFailure(node, wasActive) };
  }
}

/** A word that says failure, on a node that never came up. */
function creationFailure(node: NodeRow, wasActive: boolean): CloudError | undefined {
  if (wasActive || !/fail|error|stock|cancel|reject/.test(node.status)) return undefined;
  const message = `Vultr reports node ${node.label} as "${node.status}"`;
  return { kind: node.status.includes('stock') ? 'out-of-stock' : 'unavailable', message };
}
