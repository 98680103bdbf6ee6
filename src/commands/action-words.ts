/** What an action of a decision is, in a few words. */
export function actionWords(
  action: Readonly<Record<string, unknown>> & { readonly kind: string; readonly group: string },
): string {
  switch (action.kind) {
    case 'resize':
    case 'withdraw':
      return `pool ${action.group} ${String(action['from'])} → ${String(action['to'])} nodes`;
    case 'remove-node':
      return `remove ${String(action['node'])} of pool ${action.group}`;
    default:
      return `${action.kind} in pool ${action.group}`;
  }
}
