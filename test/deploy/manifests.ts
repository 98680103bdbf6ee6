/** Manifests as the tests of deploy/ read them: the objects of a YAML file, by their kind. */
import { readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';
import * as z from 'zod';

const ROOT = new URL('../../', import.meta.url);

const kubeObject = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string(), namespace: z.string().optional() }),
});
export type Manifest = z.infer<typeof kubeObject>;

/** Of a file of the checkout. */
export function textOf(path: string): string {
  return readFileSync(new URL(path, ROOT), 'utf8');
}

/** The objects of a YAML file of the checkout, or of a text. Throws where it is no valid YAML, or no object of Kubernetes. */
export function manifestsOf(text: string): readonly Manifest[] {
  return parseAllDocuments(text)
    .map((document) => {
      const [error] = document.errors;
      if (error !== undefined) throw error;
      const object: unknown = document.toJS();
      return object;
    })
    .filter((object) => object !== null)
    .map((object) => kubeObject.parse(object));
}

/** The one object of that kind, read by the form. */
export function theOne<T>(manifests: readonly Manifest[], kind: string, form: z.ZodType<T>): T {
  const found = manifests.filter((manifest) => manifest.kind === kind);
  if (found.length !== 1) throw new Error(`${found.length} objects of the kind ${kind}, not one`);
  return form.parse(found[0]);
}

const named = z.object({ name: z.string() });

/** What is read of a Deployment. */
export const deploymentForm = z.object({
  spec: z.object({
    replicas: z.number(),
    selector: z.object({ matchLabels: z.record(z.string(), z.string()) }),
    template: z.object({
      metadata: z.object({ labels: z.record(z.string(), z.string()) }),
      spec: z.object({
        containers: z.tuple([
          z.object({
            image: z.string(),
            command: z.array(z.string()).optional(),
            args: z.array(z.string()).optional(),
            ports: z.array(z.object({ name: z.string(), containerPort: z.number() })).optional(),
            volumeMounts: z.array(named.extend({ mountPath: z.string() })),
          }),
        ]),
        volumes: z.array(named.extend({ secret: z.object({ secretName: z.string() }).optional() })),
      }),
    }),
  }),
});
