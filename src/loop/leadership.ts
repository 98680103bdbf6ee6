/** Whether this process acts: by the Lease, or always where there is no leader election. */
import type { KubernetesClient } from '../kubernetes/client.ts';
import { LeaderElection } from '../kubernetes/leader-election.ts';
import type { Options } from '../options/options.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/log.ts';
import type { Random } from '../runtime/random.ts';
import type { Triggers } from './triggers.ts';

interface LeadershipParts {
  readonly options: Pick<Options, 'leaderElection'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Unique among replicas. */
  readonly identity: string;
}

export interface Leadership {
  isLeader(): boolean;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Without leader election there is nobody to share with. */
function alone(onLead: () => void): Leadership {
  return {
    isLeader: () => true,
    start() {
      onLead();
      return Promise.resolve();
    },
    stop: () => Promise.resolve(),
  };
}

export function leadershipOf(
  { clock, identity, logger, options, random }: LeadershipParts,
  client: KubernetesClient,
  triggers: Triggers,
  onLead: () => void,
): Leadership {
  const { enabled, leaseName, leaseNamespace, ...timing } = options.leaderElection;
  if (!enabled) return alone(onLead);
  return new LeaderElection({
    client,
    clock,
    random: random.stream('leader-election'),
    logger,
    lease: { namespace: leaseNamespace, name: leaseName },
    identity,
    ...timing,
    onStartedLeading() {
      onLead();
      triggers.note('leadership');
    },
    // Nothing to undo: whoever acts asks for the lease at the moment of acting.
    onStoppedLeading: () => undefined,
  });
}
