/**
 * Whether a recorded case is of the format that the replay knows. A field that it does not know may change what the case
 * means: the case is refused, by name and place, rather than played without it.
 */
import type { RecordedDecisions, RecordedGroup, RecordedPass } from './recorded.ts';

/** `seed`, `runs`, `seen` and `world` are there for people: `before` tells in full what the world did. */
const OF_CASE = fields('id family seed options world nodeGroups objects runs passes anyOf always');
const OF_WORLD = fields('newNodes');
const OF_GROUP = fields('id min max target template instances options increaseFails pricePerHour');
const OF_INSTANCE = fields('id node state errorClass');
const STATES = ['running', 'creating', 'deleting'];
const ERROR_CLASSES = ['OutOfResource', 'Other'];
const OF_CHANGES = fields('nodesRemoved nodesSet podsRemoved podsSet groups');
const OF_GROUP_CHANGE = fields('target instances');
const OF_WAY = fields('passes seen');
const OF_PASS = [
  fields('now before error targetsAfter providerDeletes targetDecreases refusedTargetDecreases'),
  fields('scaleUpResult scaleUps failedScaleUps podsTriggeredScaleUp noScaleUp podsAwaitEvaluation'),
  fields('scaleDownResult unneeded unremovable deletedEmpty drained evictedPods softTainted'),
].flat();
const OF_RESIZE = fields('group delta');
const OF_UNHELPED = fields('pods count rejected skipped');
const OF_UNREMOVABLE = fields('node reason pod podReason');
const OF_DRAINED = fields('node pods');
const OF_DELETION = fields('kind group nodes at');
const OF_COMMON = [
  fields('now scaleUpResult scaleUpTotal scaleUps podsTriggeredScaleUpCount targetsAfter targetSizesSorted'),
  fields('scaleDownResult unneededCount unneeded deletedEmptyCount drainedCount unremovable'),
].flat();

/** Throws where it is not. What the objects hold is for the product's decoders to say, options for its flags. */
export function refuseUnknown(recorded: RecordedDecisions & { readonly world?: object }): void {
  const { id, nodeGroups, passes, anyOf = [], always = [], world } = recorded;
  const known = new Known(id);
  known.only(OF_CASE, 'the case', recorded);
  known.only(OF_WORLD, 'world', world ?? {});
  for (const group of nodeGroups) refuseUnknownOfGroup(known, group);
  for (const way of anyOf) known.only(OF_WAY, 'anyOf', way);
  for (const pass of [...(passes ?? []), ...anyOf.flatMap((way) => way.passes)]) refuseUnknownOfPass(known, pass);
  for (const common of always) known.only(OF_COMMON, 'always', common);
}

function refuseUnknownOfGroup(known: Known, group: RecordedGroup): void {
  known.only(OF_GROUP, `group ${group.id}`, group);
  refuseUnknownOfInstances(known, group);
}

function refuseUnknownOfInstances(known: Known, { instances }: Pick<RecordedGroup, 'instances'>): void {
  for (const instance of instances) {
    const where = `instance ${instance.id}`;
    known.only(OF_INSTANCE, where, instance);
    known.value(STATES, `the state of ${where}`, instance.state);
    if (instance.errorClass !== undefined) known.value(ERROR_CLASSES, `the error of ${where}`, instance.errorClass);
  }
}

function refuseUnknownOfPass(known: Known, pass: RecordedPass): void {
  const where = `the pass at ${pass.now}`;
  known.only(OF_PASS, where, pass);
  known.only(OF_CHANGES, `before ${where}`, pass.before ?? {});
  for (const [id, change] of Object.entries(pass.before?.groups ?? {})) {
    known.only(OF_GROUP_CHANGE, `group ${id} before ${where}`, change);
    refuseUnknownOfInstances(known, change);
  }
  const { scaleUps, failedScaleUps = [], targetDecreases = [], refusedTargetDecreases = [] } = pass;
  for (const resize of [...scaleUps, ...failedScaleUps, ...targetDecreases, ...refusedTargetDecreases]) {
    known.only(OF_RESIZE, `a resize in ${where}`, resize);
  }
  for (const unhelped of pass.noScaleUp) known.only(OF_UNHELPED, `noScaleUp in ${where}`, unhelped);
  for (const node of pass.unremovable) known.only(OF_UNREMOVABLE, `unremovable in ${where}`, node);
  for (const node of pass.drained) known.only(OF_DRAINED, `drained in ${where}`, node);
  for (const deletion of pass.providerDeletes ?? []) {
    known.only(OF_DELETION, `a deletion in ${where}`, deletion);
  }
}

function fields(names: string): readonly string[] {
  return names.split(' ');
}

class Known {
  readonly #id: string;

  constructor(id: string) {
    this.#id = id;
  }

  only(names: readonly string[], where: string, object: object): void {
    const stranger = Object.keys(object).find((name) => !names.includes(name));
    if (stranger !== undefined) throw new Error(`${this.#id}: unknown field ${stranger} in ${where}`);
  }

  value(values: readonly string[], where: string, value: string): void {
    if (!values.includes(value)) throw new Error(`${this.#id}: ${where} is ${value}, which is not known`);
  }
}
