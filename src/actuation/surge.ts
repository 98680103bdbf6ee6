/**
 * Surge eviction: the pod of a Deployment of one replica that asks for it is replaced before it leaves. Pure; per pod
 *
 *     finding ──► starting ──► awaiting ──► (the pod leaves: the drain goes on)
 *        └──────────┴── evicted like any other when its Deployment cannot surge; given up when time runs out
 *
 * The Deployment itself does the replacing: its template gets an annotation that names the pod, and its own rolling
 * update starts the new pod, waits until it is available and only then ends the old one. Nothing has to be put back,
 * whatever happens in between, and the annotation tells a restarted process that the update is under way already. See
 * docs/adr/0005-surge-by-rolling-update.md.
 */
import type { OwnerReference, PodFacts } from '../cluster/facts.ts';
import { podKey } from '../cluster/facts.ts';
import { unreachable } from '../cluster/invariant.ts';
import type { Result } from '../runtime/result.ts';
import type { DeploymentIdentity, DeploymentLook, WriteFailure } from './ports.ts';

/** On the pod template of the workload. */
const SURGE_EVICTION = 'vke-autoscaler.io/surge-eviction';
/** As long as a Deployment gives its rolling update before it calls it stuck, unless told otherwise. */
export const SURGE_WITHIN_MS = 10 * 60_000;
/** Before a Deployment that could not be read, or is in the midst of another update, is looked at again. */
const LOOK_AGAIN_MS = 5000;

export type Surges = ReadonlyMap<string, Surge>;

export interface Surge {
  readonly pod: PodFacts;
  readonly phase:
    /** Its Deployment is looked for; `nextAtMs`: when to look again; `undefined`: being read. */
    | { readonly kind: 'finding'; readonly nextAtMs: number | undefined; readonly why: string }
    /** The Deployment is asked for another pod. */
    | { readonly kind: 'starting' }
    /** The rolling update is under way: the pod leaves when its replacement is available. */
    | { readonly kind: 'awaiting' }
    /** It is evicted like any other pod. */
    | { readonly kind: 'not-surging'; readonly why: string };
}

export type SurgeEffect =
  | { readonly kind: 'find-deployment'; readonly pod: PodFacts; readonly replicaSet: OwnerReference }
  | { readonly kind: 'replace-pod'; readonly pod: PodFacts; readonly deployment: DeploymentIdentity };

export type SurgeAnswer =
  | { readonly kind: 'found'; readonly result: Result<DeploymentLook, WriteFailure> }
  | { readonly kind: 'asked'; readonly result: Result<void, WriteFailure> };

export interface SurgeStep {
  readonly surges: Surges;
  readonly effects: readonly SurgeEffect[];
}

/** Whether the pod's workload asks to have it replaced before it leaves. */
function asksForSurge(pod: PodFacts): boolean {
  return pod.annotations[SURGE_EVICTION] === 'true' && pod.controller?.kind === 'ReplicaSet';
}

/** Looks at the pods to evict: who of them asks for a replacement, and who has left. `present`: uids of those that stay. */
export function surgeStep(surges: Surges, evict: readonly PodFacts[], now: number): SurgeStep {
  const next = new Map<string, Surge>();
  const effects: SurgeEffect[] = [];
  for (const pod of evict) {
    const known = surges.get(pod.uid);
    const isDue = known === undefined || (known.phase.kind === 'finding' && (known.phase.nextAtMs ?? Infinity) <= now);
    // A pod that is going has been replaced, or has no need to be.
    if (!asksForSurge(pod) || pod.deletion !== undefined || pod.controller === undefined) continue;
    if (isDue) effects.push({ kind: 'find-deployment', pod, replicaSet: pod.controller });
    next.set(pod.uid, isDue ? { pod, phase: { kind: 'finding', nextAtMs: undefined, why: '' } } : known);
  }
  return { surges: next, effects };
}

/** What came of one step of a surge. */
export function surgeAnswered(surges: Surges, podUid: string, answer: SurgeAnswer, now: number): SurgeStep {
  const known = surges.get(podUid);
  if (known === undefined) return { surges, effects: [] };
  const { phase, effects } = phaseAfter(known, answer, now);
  return { surges: new Map(surges).set(podUid, { ...known, phase }), effects };
}

/** The surges that have to come to an end before the drain begins. */
export function openSurges(surges: Surges): readonly Surge[] {
  return [...surges.values()].filter(({ phase }) => phase.kind !== 'not-surging');
}

/** When a surge next wants a look for a reason of its own. */
export function nextSurgeAtMs(surges: Surges): number | undefined {
  const moments = [...surges.values()].flatMap(({ phase }) =>
    phase.kind === 'finding' && phase.nextAtMs !== undefined ? [phase.nextAtMs] : [],
  );
  return moments.length === 0 ? undefined : Math.min(...moments);
}

/** Why a surge has not come to its end, for people. */
export function describeSurge({ pod, phase }: Surge): string {
  const name = podKey(pod);
  switch (phase.kind) {
    case 'finding':
      return `pod ${name} is to be replaced first: ${phase.why === '' ? 'its Deployment is being read' : phase.why}`;
    case 'starting':
      return `the replacement of pod ${name} is asked for`;
    case 'awaiting':
      return `the replacement of pod ${name} is not available yet`;
    case 'not-surging':
      return `pod ${name} is evicted without a replacement: ${phase.why}`;
    default:
      return unreachable(phase);
  }
}

function phaseAfter(
  { pod, phase }: Surge,
  answer: SurgeAnswer,
  now: number,
): { readonly phase: Surge['phase']; readonly effects: readonly SurgeEffect[] } {
  const again = (why: string): Surge['phase'] => ({ kind: 'finding', nextAtMs: now + LOOK_AGAIN_MS, why });
  if (answer.kind === 'asked') {
    // A lost reply: the next look at the Deployment tells whether it was done.
    if (!answer.result.ok) return { phase: again(answer.result.error.message), effects: [] };
    return { phase: { kind: 'awaiting' }, effects: [] };
  }
  if (phase.kind !== 'finding') return { phase, effects: [] };
  if (!answer.result.ok) return { phase: again(answer.result.error.message), effects: [] };
  const look = answer.result.value;
  if (look.kind === 'none') return { phase: { kind: 'not-surging', why: look.why }, effects: [] };
  if (look.replacing === pod.uid) return { phase: { kind: 'awaiting' }, effects: [] };
  if (look.cannotSurge !== undefined) return { phase: { kind: 'not-surging', why: look.cannotSurge }, effects: [] };
  if (!look.settled) return { phase: again('its Deployment is in the midst of another update'), effects: [] };
  return { phase: { kind: 'starting' }, effects: [{ kind: 'replace-pod', pod, deployment: look.deployment }] };
}
