/** Amounts and moments as people read them. */

const BINARY_UNITS = ['Ki', 'Mi', 'Gi', 'Ti'] as const;

/** An amount of a resource with its unit, as Kubernetes spells it: `3500m`, `1.5Gi`, `2`. */
export function wordAmount(resource: string, amount: number): string {
  if (resource === 'cpu') return `${amount}m`;
  return isBytes(resource) ? wordBytes(amount) : String(amount);
}

/** The resource's name within a sentence. */
export function wordResource(resource: string): string {
  return resource === 'cpu' ? 'CPU' : resource;
}

/** A length of time: `45 s`, `10 min`, `2 h`. Rounded, never to 0. */
export function wordDuration(ms: number): string {
  const seconds = Math.max(1, Math.round(ms / 1000));
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
}

/** A share of 1 as a percentage. */
export function wordShare(share: number): string {
  return `${Math.round(share * 100)} %`;
}

/** `1 node`, `3 nodes`. */
export function wordCount(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

function isBytes(resource: string): boolean {
  return resource === 'memory' || resource === 'ephemeral-storage' || resource.startsWith('hugepages-');
}

function wordBytes(bytes: number): string {
  let amount = bytes;
  let unit = '';
  for (const next of BINARY_UNITS) {
    if (amount < 1024) break;
    amount /= 1024;
    unit = next;
  }
  return `${Math.round(amount * 10) / 10}${unit}`;
}
