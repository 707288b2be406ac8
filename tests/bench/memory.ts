import { openContender } from './contender.ts';
import type { Finding } from './report.ts';

/** Enough of a log that the ring of its newest entries is full. */
const seconds = 1800;
/** Two hours in all: what grows after the ring is full, grows for ever. */
const more = 7200 - seconds;
const goalMib = 150;

/** How much memory a hub holds that has 500 points at 1 Hz, with the default ring, first empty and then full. */
export const benchMemory = async (): Promise<Finding> => {
  // As `start` runs a hub.
  await using hub = await openContender('hub', 'near-memory.ts', [], ['--optimize-for-size']);
  const empty = (await hub.run(20))['resident']?.at(-1) ?? Number.NaN;
  const full = (await hub.run(seconds))['resident'] ?? [];
  const last = full.at(-1) ?? Number.NaN;
  const later = (await hub.run(more))['resident'] ?? [];
  return {
    name: 'memory',
    title: 'A hub with 500 points at 1 Hz',
    unit: 'MiB resident',
    columns: ['at the end', 'at most'],
    rows: [
      { name: 'after 20 s', figures: [empty, empty] },
      { name: `after ${seconds} s, the ring full`, figures: [last, Math.max(...full)] },
      { name: `after ${seconds + more} s`, figures: [later.at(-1) ?? Number.NaN, Math.max(...later)] },
    ],
    verdicts: [{ goal: `no more than ${goalMib} MiB`, measured: `${last.toFixed(0)} MiB`, isReached: last <= goalMib }],
    notes: [
      'Frames are appended 200 times faster than they would come, in pauses; the field is left out; what the bench itself takes is in it.',
    ],
  };
};
