/** The expander random: one of the options, each as likely, by the lot that the input seeds. */
import type { Expander } from './expander.ts';

export const random: Expander = {
  narrow(options, { lot }) {
    if (options.length === 0) return [];
    return [lot === undefined ? options[0] : lot.pick(options)].filter((option) => option !== undefined);
  },
  words: () => 'drawn by lot, seeded by the time of the pass',
};
