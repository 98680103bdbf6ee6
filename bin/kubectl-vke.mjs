#!/usr/bin/env node
// The plugin of kubectl: `kubectl vke explain pod NAMESPACE/NAME` runs this with the words after `vke`. Without words it
// helps; it never begins to scale by accident.
const [first] = process.argv.slice(2);
if (first === undefined || first.startsWith('-')) process.argv.splice(2, 0, 'help');
await import('./vke-autoscaler.mjs');
