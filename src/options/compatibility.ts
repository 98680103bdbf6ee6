/**
 * Flags that are taken but not used: they are checked as Cluster Autoscaler checks them, so that a mistake shows at
 * once, and each one that asks for something else than what happens is answered with a warning.
 */
import { flagTable } from './flag-table.ts';
import type { Findings } from './findings.ts';
import { dashed } from './flag.ts';
import { readValue } from './flag-values.ts';

export function checkUnused(findings: Findings): void {
  checkAsUpstream(findings);
  for (const flag of flagTable) {
    if (flag.effect.kind !== 'accepted' || !findings.flags.given(flag.name)) continue;
    const value = findings.flags.get(flag.name);
    const { sameAs, reason } = flag.effect;
    if (sameAs.some((text) => shown(readValue(flag, text)) === shown(value))) continue;
    findings.warn(flag.name, `${dashed(flag.name)} is accepted for compatibility and has no effect: ${reason}`);
  }
}

function checkAsUpstream(findings: Findings): void {
  const { flags } = findings;
  findings.number('predicate-parallelism', { atLeast: 1 });
  if (!flags.get('enable-dynamic-resource-allocation')) {
    findings.bad('enable-dynamic-resource-allocation', 'false', 'true; it cannot be turned off');
  }
  const allowed = flags.get('allowed-scheduler-names');
  const strays = flags.get('bypassed-scheduler-names').filter((name) => allowed.length > 0 && !allowed.includes(name));
  if (strays.length > 0) {
    findings.conflict(
      'bypassed-scheduler-names',
      `--bypassed-scheduler-names: ${strays.join(', ')} must be among --allowed-scheduler-names too`,
    );
  }
}

/** Two values are the same when they look the same, in any case: INFO and info. */
function shown(value: unknown): string {
  return JSON.stringify(value).toLowerCase();
}
