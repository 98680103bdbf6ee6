/** The files by which clients reach the sandbox: the same two that they need for a real cluster. */
import type { Sandbox } from '../../sandbox/sandbox.ts';

export function kubeconfigOf(server: string): string {
  return `apiVersion: v1
kind: Config
clusters:
  - name: sandbox
    cluster: { server: '${server}' }
users:
  - name: sandbox
    user: {}
contexts:
  - name: sandbox
    context: { cluster: sandbox, user: sandbox }
current-context: sandbox
`;
}

export function cloudConfigOf(sandbox: Sandbox, apiUrl: string): string {
  const config = { cluster_id: sandbox.clusterId, token: sandbox.apiKey.reveal(), api_url: apiUrl };
  return `${JSON.stringify(config, null, 2)}\n`;
}
