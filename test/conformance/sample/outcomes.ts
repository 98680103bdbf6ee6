/** What kube-scheduler answers, in short, and how a case of the sample is put together. */
import type { RecordedCase, RecordedVerdict, Rejected } from '../cases.ts';
import type { ApiObject } from './objects.ts';

export const FITS = { fits: true } as const;

/** A rejection that removing pods could lift. */
export function forNow(plugin: string, ...reasons: readonly string[]): Rejected {
  return { plugin, reasons, code: 'Unschedulable' };
}

/** A rejection that removing pods could not lift. */
export function forGood(plugin: string, ...reasons: readonly string[]): Rejected {
  return { plugin, reasons, code: 'UnschedulableAndUnresolvable' };
}

/** A pending pod and the answer: per node, the same for all, or why it is never tried. */
interface Asked {
  readonly pod: ApiObject;
  readonly on?: Readonly<Record<string, { readonly fits: true } | Rejected>>;
  /** The pod is turned away before any node is looked at. */
  readonly whole?: Rejected;
  readonly notQueued?: Rejected;
  readonly skipped?: true;
}

export interface Sketch {
  readonly id: string;
  /** The rule that the case shows. */
  readonly why: string;
  readonly objects: Readonly<Record<string, readonly ApiObject[]>>;
  readonly asked: readonly Asked[];
  /** The node of each pod when they are placed one after another. */
  readonly sequence?: readonly (string | null)[];
}

export function recordedCase({ id, why, objects, asked, sequence }: Sketch): RecordedCase & { readonly why: string } {
  const names = (objects['nodes'] ?? []).map(nameOf);
  return {
    id,
    why,
    family: 'sample',
    objects: { namespaces: [], pods: [], ...objects },
    pending: asked.map(({ pod }) => pod),
    verdicts: asked.map((one) => verdict(one, names)),
    ...(sequence === undefined
      ? {}
      : { sequence: asked.map(({ pod }, index) => ({ pod: keyOf(pod), node: sequence[index] ?? null })) }),
  };
}

function verdict({ pod, on, whole, notQueued, skipped }: Asked, names: readonly string[]): RecordedVerdict {
  const base = { pod: keyOf(pod) };
  if (skipped) return { ...base, skipped: 'deleting', nodes: {} };
  if (notQueued !== undefined) return { ...base, preenqueue: notQueued, nodes: {} };
  if (whole === undefined) return { ...base, prefilter: null, nodes: on ?? {} };
  return { ...base, prefilter: whole, nodes: Object.fromEntries(names.map((name) => [name, whole])) };
}

function keyOf({ metadata }: ApiObject): string {
  return `${String(metadata['namespace'])}/${String(metadata['name'])}`;
}

function nameOf({ metadata }: ApiObject): string {
  return String(metadata['name']);
}
