/** What stands over pods: their controllers by uid and their disruption budgets by name, and when these changed. */
import type { ClusterEvent, ControllerFacts, PodDisruptionBudgetFacts } from './facts.ts';
import { podKey } from './facts.ts';
import { ChangeLog } from './revisions.ts';

type SafeguardEvent = Extract<ClusterEvent, { kind: 'pdb' | 'pdb-gone' | 'controller' | 'controller-gone' }>;

export class Safeguards {
  readonly budgets = new Map<string, PodDisruptionBudgetFacts>();
  readonly controllers = new Map<string, ControllerFacts>();
  /** The uids of controllers that came, went, or want another number of replicas. */
  readonly controllerChanges = new ChangeLog<string>();
  /** The same number while no budget has changed. */
  budgetRevision = 0;

  apply(event: SafeguardEvent): void {
    switch (event.kind) {
      case 'pdb':
        this.budgets.set(podKey(event.pdb), event.pdb);
        this.budgetRevision += 1;
        return;
      case 'pdb-gone':
        if (this.budgets.get(podKey(event))?.uid !== event.uid) return;
        this.budgets.delete(podKey(event));
        this.budgetRevision += 1;
        return;
      case 'controller': {
        const { uid, replicas } = event.controller;
        if (this.controllers.get(uid)?.replicas !== replicas) this.controllerChanges.note(uid);
        this.controllers.set(uid, event.controller);
        return;
      }
      case 'controller-gone':
        if (this.controllers.delete(event.uid)) this.controllerChanges.note(event.uid);
    }
  }
}
