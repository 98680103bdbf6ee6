import type { Clock } from '../runtime/clock.ts';
import type { RandomStream } from '../runtime/random.ts';
import type { KubernetesClient } from './client.ts';

/** What every write needs: the API, the time and the chance for waits between attempts. */
export interface WriteContext {
  readonly client: KubernetesClient;
  readonly clock: Clock;
  readonly random: RandomStream;
}
