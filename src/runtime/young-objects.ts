/**
 * Keeps the room for young objects as small as it is at the start. By itself it grows to 2 × 16 MB while a large cluster is
 * listed, and stays; passes are no faster for it (docs/adr/0008). Imported before all else: what has grown stays.
 */
import { setFlagsFromString } from 'node:v8';

// Read whenever the room is about to grow, unlike the flag for its largest size.
setFlagsFromString('--semi-space-growth-factor=1');
