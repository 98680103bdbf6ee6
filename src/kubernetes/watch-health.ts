/** How far the picture of a kind can be trusted. */
import type { KubernetesError } from './errors.ts';

export type WatchHealth =
  /** The first list is not complete. */
  | { readonly kind: 'starting' }
  /** Listed completely, and the watch is open. */
  | { readonly kind: 'synced' }
  /** The watch broke or a new list is under way: what is known may be behind. */
  | { readonly kind: 'lagging'; readonly why: string }
  /** The API refused or could not be reached; tried again after `retryInMs`. */
  | { readonly kind: 'failed'; readonly error: KubernetesError; readonly retryInMs: number }
  | { readonly kind: 'stopped' };
