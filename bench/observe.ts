/**
 * A process that observes a cluster as the program does, without acting: pages of protobuf objects come on standard input
 * (pages.ts says how), become facts at the door and live in the model. At the end of the input it prints what it holds
 * and how much memory it is resident in; bench/workloads/memory-process.ts runs it.
 */
import { Cluster } from '../src/cluster/cluster.ts';
import { runCommand } from '../src/commands/run.ts';
import { decodeNodeProtobuf } from '../src/kubernetes/decode-node-protobuf.ts';
import { decodePodProtobuf } from '../src/kubernetes/decode-pod-protobuf.ts';
import { Interner } from '../src/kubernetes/intern.ts';
import { objectsOf, pagesFrom } from './pages.ts';

const KIBIBYTE = 1024;

const cluster = new Cluster();
const interner = new Interner();
let refused = 0;
for await (const page of pagesFrom(process.stdin)) {
  const decode = page.kind === 'nodes' ? decodeNodeProtobuf : decodePodProtobuf;
  for (const object of objectsOf(page)) {
    const result = decode(object, interner);
    if (result.ok) cluster.apply(result.value.event);
    else refused += 1;
  }
}
process.stdout.write(
  JSON.stringify({
    // The program's own code is in its memory, too.
    program: runCommand.name,
    nodes: cluster.nodeSlots().length,
    pods: cluster.podCount(),
    refused,
    residentBytes: process.memoryUsage.rss(),
    peakBytes: process.resourceUsage().maxRSS * KIBIBYTE,
  }),
);
