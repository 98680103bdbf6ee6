/** What the loop is put together from. */
import type { Actuator } from '../actuation/actuator.ts';
import type { ActuationObservation } from '../actuation/observations.ts';
import type { CloudProvider } from '../cloud/provider.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { DecisionRecord } from '../explain/record.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/log.ts';
import type { CounselAnswer, CounselQuestion } from '../scale-up/counsel.ts';
import type { DecideOptions, Found } from './decide.ts';
import type { MemoryKeeper } from './memory-keeper.ts';
import type { LoopWatch } from './stopwatch.ts';
import type { Triggers } from './triggers.ts';

export interface LoopParts {
  readonly cluster: Cluster;
  readonly provider: CloudProvider;
  readonly actuator: Actuator;
  readonly triggers: Triggers;
  readonly clock: Clock;
  readonly logger: Logger;
  /** To begin with. */
  readonly options: DecideOptions;
  /** Whether every watch has listed once. */
  readonly isSynced: () => boolean;
  /** For how long nothing has been heard of pods; absent: everything is heard of at once. */
  readonly podsSilentMs?: (() => number | undefined) | undefined;
  /** Whether this process may act; without leader election always. */
  readonly isLeader: () => boolean;
  /** Whatever is decided, nothing is done (`--dry-run`, `--shadow`). No unless said. */
  readonly onlyLooks?: boolean;
  /** Keeps the memory over a restart; absent: a restart forgets. */
  readonly keeper?: MemoryKeeper | undefined;
  /** Whom the expander grpc asks; absent: nobody. Never rejects. */
  readonly expanderService?: { bestOptions(question: CounselQuestion): Promise<CounselAnswer> } | undefined;
  /** Names this process in its records, among others of the same cluster. */
  readonly run?: string | undefined;
  /** Measures each pass. Default: nobody does. */
  readonly watch?: LoopWatch | undefined;
  /** Told of each pass, before anything comes of it. Must not throw. */
  readonly onRecord: (record: DecisionRecord, found: Found) => void;
  /** Told of what came of an action. Must not throw. */
  readonly onOutcome: (outcome: ActuationObservation) => void;
}
