/** Builders of node groups for tests; see src/cluster/fixtures.test-support.ts. */
import type { Instance, NodeTemplate } from '../cloud/facts.ts';
import type { NodeFacts } from '../cluster/facts.ts';
import { aNode } from '../cluster/fixtures.test-support.ts';
import type { NodeSketch } from '../cluster/fixtures.test-support.ts';
import type { NodeGroupState } from './node-group.ts';
import type { LimitsOptions, NodeGroupHealthOptions } from './options.ts';
import { NO_FURTHER_TAINTS } from './taints.ts';

const MINUTE_MS = 60_000;

/** Cluster Autoscaler's defaults. */
export const HEALTH_OPTIONS: NodeGroupHealthOptions = {
  maxNodeProvisionTimeMs: 15 * MINUTE_MS,
  maxNodeStartupTimeMs: 15 * MINUTE_MS,
  initialBackoffMs: 5 * MINUTE_MS,
  maxBackoffMs: 30 * MINUTE_MS,
  backoffResetMs: 180 * MINUTE_MS,
  upcomingNeedsRequest: false,
  forceDeleteUnregistered: false,
  forceDeleteFailed: false,
  gpuLabel: '',
  taints: NO_FURTHER_TAINTS,
  templates: { forceDaemonSets: false, schedulableFromCordoned: false },
};

const UNLIMITED = Number.MAX_SAFE_INTEGER;

export const NO_LIMITS: LimitsOptions = {
  maxNodes: UNLIMITED,
  minMilliCpu: 0,
  maxMilliCpu: UNLIMITED,
  minMemoryBytes: 0,
  maxMemoryBytes: UNLIMITED,
  gpus: [],
  gpuLabel: '',
};

export interface GroupSketch extends Partial<Omit<NodeGroupState, 'template' | 'instances'>> {
  /** What its nodes are like; `undefined` by name: no template. A node of 4000m CPU, 8 GiB, 110 pods unless said. */
  readonly node?: NodeSketch | undefined;
  /** Its living nodes: an instance that runs for each. */
  readonly nodes?: readonly NodeFacts[];
  readonly instances?: readonly Instance[];
}

/** A group of 0 to 1000 nodes with a template from a plan, at the size of its instances. */
export function aGroup(sketch: GroupSketch = {}): NodeGroupState {
  const { node, nodes = [], instances: more = [], ...said } = sketch;
  const name = said.name ?? said.id ?? 'pool';
  const instances = [...nodes.map((living) => anInstance(living.name)), ...more];
  const hasTemplate = !('node' in sketch) || node !== undefined;
  return {
    id: name,
    name,
    minSize: 0,
    maxSize: 1000,
    targetSize: instances.filter(({ state }) => state !== 'deleting').length,
    instances,
    template: hasTemplate ? aTemplate(node) : undefined,
    templateProblem: hasTemplate ? '' : 'the plan is not in the catalogue',
    pricePerHour: undefined,
    resizing: false,
    options: {},
    ...said,
  };
}

/** The instance of the node of that name. */
export function anInstance(nodeName: string, rest: Partial<Instance> = {}): Instance {
  return {
    id: `vultr://${nodeName}`,
    name: nodeName,
    state: 'running',
    createdAtMs: undefined,
    error: undefined,
    ...rest,
  };
}

function aTemplate(sketch: NodeSketch = {}): NodeTemplate {
  const { labels, taints, capacity, allocatable } = aNode({ name: 'template', ...sketch });
  return { labels, taints, capacity, allocatable, source: 'plan-default' };
}
