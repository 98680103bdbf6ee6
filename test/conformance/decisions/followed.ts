/**
 * What happened in a pass, worked into the world and into the memory for the next one: what ours decided, or where that
 * is something else, what the recording did. The recorded world goes on from the latter, so the replay can go on too.
 */
import type { ActuationObservation } from '../../../src/actuation/observations.ts';
import type { DecideOptions, Decision, Memory } from '../../../src/loop/decide.ts';
import { remember } from '../../../src/loop/remember.ts';
import type { ScaleDownMemory, Unremovable, UnneededSince } from '../../../src/scale-down/memory.ts';
import type { PlayedWorld } from './played-world.ts';
import type { RecordedPass } from './recorded.ts';

export interface Following {
  readonly world: PlayedWorld;
  readonly options: DecideOptions;
  readonly now: number;
}

interface Resize {
  readonly groupId: string;
  readonly from: number;
  readonly delta: number;
  readonly isRefused: boolean;
}

interface Removal {
  readonly node: string;
  readonly empty: boolean;
}

/** What acting would have reported: the provider takes every call but an increase that it is known to refuse. */
export function afterOurs({ resizes, removals, memory }: Decision, following: Following): Memory {
  const { world } = following;
  const asked = resizes.map(({ groupId, from, delta }) => {
    return { groupId, from, delta, isRefused: world.refusesIncrease(groupId) };
  });
  return acted(memory, asked, removals, following);
}

/** `before`: the memory with which the pass was decided. */
export function afterRecording({ memory }: Decision, before: Memory, pass: RecordedPass, following: Following): Memory {
  const { world } = following;
  const sizes = new Map(world.groupStates().map(({ id, targetSize }) => [id, targetSize]));
  const resize =
    (isRefused: boolean) =>
    (one: { readonly group: string; readonly delta: number }): Resize => {
      return { groupId: one.group, from: sizes.get(one.group) ?? 0, delta: one.delta, isRefused };
    };
  const resizes = [...pass.scaleUps.map(resize(false)), ...(pass.failedScaleUps ?? []).map(resize(true))];
  const removals: readonly Removal[] = [
    ...pass.deletedEmpty.map((node) => ({ node, empty: true })),
    ...pass.drained.map(({ node }) => ({ node, empty: false })),
  ];
  const scaleDown = recordedTimers({ ours: memory.scaleDown, before: before.scaleDown }, pass, following);
  return acted({ ...memory, scaleDown }, resizes, removals, following);
}

function acted(
  decided: Memory,
  resizes: readonly Resize[],
  removals: readonly Removal[],
  { world, options, now }: Following,
): Memory {
  const observations: ActuationObservation[] = [];
  for (const { groupId, from, delta, isRefused } of resizes) {
    observations.push({ kind: 'resize-sent', atMs: now, groupId, to: from + delta, delta });
    observations.push(
      isRefused
        ? { kind: 'resize-failed', atMs: now, groupId, delta, error: { kind: 'out-of-stock', message: 'refused' } }
        : { kind: 'resize-accepted', atMs: now, groupId, delta },
    );
  }
  for (const { node, empty } of removals) {
    const slot = world.cluster.slotOf(node);
    const groupId = world.groupOf(node);
    if (slot === undefined || groupId === undefined) continue;
    const { uid } = world.cluster.node(slot);
    world.startRemoval({ node, empty }, now);
    observations.push({ kind: 'removal-started', atMs: now, node, uid, groupId, groupName: groupId, drains: !empty });
  }
  const groups = world.groupStates();
  return observations.reduce((memory, seen) => remember(memory, seen, options, groups), decided);
}

/** Reasons that are found by trying, and then remembered for a while. */
const TRIED: ReadonlySet<string> = new Set(['NoPlaceToMovePods', 'BlockedByPod', 'UnexpectedError']);

/** The timers as the recording has them: whose run, and who is not looked at for a while. */
function recordedTimers(
  { ours, before }: { readonly ours: ScaleDownMemory; readonly before: ScaleDownMemory },
  { unneeded, unremovable }: RecordedPass,
  { world: { cluster }, options, now }: Following,
): ScaleDownMemory {
  const uidOf = (name: string): string | undefined => {
    const slot = cluster.slotOf(name);
    return slot === undefined ? undefined : cluster.node(slot).uid;
  };
  const since = new Map<string, UnneededSince>();
  for (const name of unneeded) {
    const uid = uidOf(name);
    const known = before.unneeded.get(name);
    if (uid !== undefined) since.set(name, known?.uid === uid ? known : { uid, sinceMs: now });
  }
  const resting = new Map<string, Unremovable>();
  const untilMs = now + options.scaleDown.unremovableNodeRecheckMs;
  for (const { node, reason } of unremovable) {
    const uid = uidOf(node);
    const known = before.unremovable.get(node);
    if (uid === undefined || since.has(node)) continue;
    if (TRIED.has(reason)) resting.set(node, { uid, untilMs, reason: { code: 'PassSkipped', message: reason } });
    else if (known !== undefined && known.untilMs > now) resting.set(node, known);
  }
  return { ...ours, unneeded: since, unremovable: resting };
}
