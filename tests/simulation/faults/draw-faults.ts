import type { Random } from '../engine/random.ts';
import { site } from '../parts/documents.ts';
import { ailments, bell } from '../parts/simulator.ts';
import { toText, type Fault, type FaultKind } from './fault.ts';
import { hubFaults } from './hub-faults.ts';
import { networkFaults } from './network-faults.ts';
import { nodeFaults } from './node-faults.ts';

const deviceFault: FaultKind = {
  weight: 4,
  draw: (random) => {
    // Momentary commands are the ones that must never be repeated.
    const id = random.chance(0.3) ? random.pick([bell, 'room/shot']) : random.pick(site.devices).id;
    const ailment = random.pick(ailments);
    const ms = random.between(500, 5000);
    return { name: `${id} ${ailment} for ${toText(ms)}`, happen: (world) => world.simulator.ail(id, ailment, ms) };
  },
};

const kinds = [...hubFaults, ...nodeFaults, ...networkFaults, deviceFault];
const weights = kinds.reduce((sum, { weight }) => sum + weight, 0);

const drawFault = (random: Random): Fault => {
  let left = random.next() * weights;
  const kind = kinds.find(({ weight }) => (left -= weight) < 0) ?? deviceFault;
  return kind.draw(random);
};

/** The faults of a run, in time. They often come in bursts: the worst is what comes while the last is not healed. */
export const drawFaults = (random: Random, fromMs: number, toMs: number): readonly (Fault & { readonly at: number })[] => {
  const faults: (Fault & { readonly at: number })[] = [];
  const count = Math.floor(random.between(3, 10));
  let at = random.between(fromMs, toMs);
  for (let n = 0; n < count; n += 1) {
    at = random.chance(0.4) ? Math.min(toMs, at + random.between(0, 400)) : random.between(fromMs, toMs);
    faults.push({ at, ...drawFault(random) });
  }
  return faults.toSorted((a, b) => a.at - b.at);
};
