/**
 * Writes docs/events.md from the functions that make events: each is called with an example. A test
 * (src/actuation/events-doc.test.ts) holds that it is current; the types hold that none is left out.
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import * as events from '../src/actuation/events.ts';
import type { ObjectEvent } from '../src/actuation/ports.ts';
import type { ExpanderFinding } from '../src/explain/record.ts';

export const EVENTS_DOC = new URL('../docs/events.md', import.meta.url);

const INTRODUCTION = `# Events

<!-- Made by scripts/generate-events-doc.ts from src/actuation/events.ts; do not edit. -->

What the autoscaler writes as events of Kubernetes, under the name \`cluster-autoscaler\`, with the reasons of Cluster Autoscaler:

\`\`\`console
$ kubectl get events --all-namespaces --field-selector reportingComponent=cluster-autoscaler
\`\`\`

Each carries the id of its decision as the annotation \`vke-autoscaler.io/decision\`. How often a repeated one is written stands in
[operate.md](operate.md#events).`;

interface Example {
  readonly when: string;
  readonly events: readonly ObjectEvent[];
}

const NODE = { name: 'web-6ac60e6313dd', uid: '' };
const POD = { namespace: 'shop', name: 'web-7d9f-x2x4v', uid: '' };
const RESIZE = { groupName: 'web', from: 2, to: 4, maxSize: 6 };
const INSTANCE = 'vultr://cb676a46-66fd-4dfb-b839-443f2e6c0b60';
const REFUSED = 'Vultr: The selected plan is not available in this region (HTTP 400)';
const REMOVAL = { node: NODE.name, because: 'its pods fit on other nodes' };

/** In the order in which they are told. */
const EXAMPLES: Readonly<Record<keyof typeof events, Example>> = {
  triggeredScaleUp: { when: 'Nodes are asked for, for the pod.', events: [events.triggeredScaleUp(POD, [RESIZE])] },
  notTriggeredScaleUp: {
    when: 'No node pool helps the pod; the reasons are in words of kube-scheduler.',
    events: [events.notTriggeredScaleUp(POD, [{ group: 'web', words: 'Insufficient cpu' }])],
  },
  resizeStarted: { when: 'A pool is about to be raised.', events: [events.resizeStarted('web', 2, 4)] },
  resizeDone: { when: 'Vultr has taken the request.', events: [events.resizeDone('web', 4)] },
  resizeFailed: { when: 'Vultr has refused it.', events: [events.resizeFailed('web', REFUSED)] },
  nodesFailed: {
    when: 'Nodes did not register in time, or Vultr could not make them.',
    events: [
      events.nodesFailed({ group: 'web', nodes: 2, message: '2 nodes of web were not there after 15 min' }, undefined),
      events.nodesFailed({ group: 'web', nodes: 2, message: REFUSED }, 'OutOfResource.out-of-stock'),
    ],
  },
  withdrawalFailed: {
    when: 'What was asked for and did not come cannot be taken back.',
    events: [events.withdrawalFailed('web', 'Vultr: no reason given (HTTP 503)')],
  },
  instanceDeleted: { when: 'An instance that became no node is deleted.', events: [events.instanceDeleted(INSTANCE)] },
  instanceDeletionFailed: {
    when: 'It could not be deleted.',
    events: [events.instanceDeletionFailed(INSTANCE, 'Vultr: no reason given (HTTP 503)')],
  },
  clusterUnhealthy: {
    when: 'Too many nodes are broken, or there are none: nothing is scaled.',
    events: [events.clusterUnhealthy('Cluster is unhealthy')],
  },
  maxNodesReached: { when: '`--max-nodes-total` keeps pods waiting.', events: [events.maxNodesReached(20)] },
  scaleDownStarted: {
    when: 'A removal begins.',
    events: [
      events.scaleDownStarted({ ...REMOVAL, drains: false }, []),
      events.scaleDownStarted({ ...REMOVAL, drains: true }, ['shop/web-7d9f-x2x4v']),
    ],
  },
  nodeMarked: { when: 'The node has got its taint.', events: [events.nodeMarked(NODE)] },
  podEvictionStarted: { when: 'The pod is evicted.', events: [events.podEvictionStarted(POD)] },
  podEvictionFailed: {
    when: 'It would not go.',
    events: [events.podEvictionFailed(POD, 'Cannot evict pod as it would violate the pod’s disruption budget.')],
  },
  nodeRemoved: { when: 'The instance of the node is deleted.', events: [events.nodeRemoved(NODE)] },
  scaleDownDone: {
    when: 'The removal is over.',
    events: [false, true].map((drains) => events.scaleDownDone({ node: NODE.name, drains })),
  },
  nodeRemovalFailed: {
    when: 'The removal is given up, and the marks are taken off.',
    events: [false, true].map((drains) => events.nodeRemovalFailed(NODE, drains, 'pod shop/db-0 keeps it')),
  },
  nodeTakenUp: { when: 'After a restart: a removal goes on.', events: [events.nodeTakenUp(NODE)] },
  nodeCleanedUp: { when: 'After a restart: marks that nobody is at.', events: [events.nodeCleanedUp(NODE)] },
  nodeCleanupFailed: {
    when: 'They could not be taken off.',
    events: [events.nodeCleanupFailed(NODE, 'patch nodes "web-6ac60e6313dd": HTTP 503')],
  },
};

const FINDINGS: Readonly<Record<ExpanderFinding['reason'], string>> = {
  PriorityConfigMapInvalid: 'It cannot be read: the last valid priorities are kept.',
  PriorityConfigMapNotMatchedGroup: 'A pool that would have helped is not in it.',
  PriorityConfigMapNoGroupMatched: 'None of those that would have helped is in it: it has no say.',
};

const OBJECTS: Readonly<Record<ObjectEvent['object']['kind'], string>> = {
  Pod: 'Pod',
  Node: 'Node',
  ConfigMap: 'ConfigMap',
  status: 'ConfigMap `cluster-autoscaler-status`',
};

/** The whole document, formatted. */
export async function eventsDocument(): Promise<string> {
  const rows = Object.values(EXAMPLES).flatMap(({ when, events: made }) =>
    made.map(
      ({ object, type, reason, message }) =>
        `| \`${reason}\` | ${OBJECTS[object.kind]} | ${type} | ${when} | ${message.replaceAll('|', '\\|')} |`,
    ),
  );
  const head = ['| reason | on | type | when | as in |', '| --- | --- | --- | --- | --- |'];
  const priorities = Object.entries(FINDINGS).map(
    ([reason, when]) => `| \`${reason}\` | ConfigMap \`cluster-autoscaler-priority-expander\` | Warning | ${when} | |`,
  );
  const style = await resolveConfig(fileURLToPath(EVENTS_DOC));
  return format([INTRODUCTION, [...head, ...rows, ...priorities].join('\n')].join('\n\n'), {
    ...style,
    parser: 'markdown',
  });
}

if (import.meta.main) writeFileSync(EVENTS_DOC, await eventsDocument());
