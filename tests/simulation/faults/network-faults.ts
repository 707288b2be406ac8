import { toText, type FaultKind } from './fault.ts';

const silence = (weight: number, name: string, told: { readonly node: boolean; readonly hub: boolean }): FaultKind => ({
  weight,
  draw: (random) => {
    const which = random.next();
    return { name, happen: (world) => world.someWire(which)?.cut(told, true) };
  },
});

const stall = (way: 'toNode' | 'toHub'): FaultKind => ({
  weight: 2,
  draw: (random) => {
    const which = random.next();
    const ms = random.between(100, 1900);
    return { name: `${way} stalls for ${toText(ms)}`, happen: (world) => world.someWire(which)?.[way].stall(ms) };
  },
});

const loss = (way: 'toNode' | 'toHub'): FaultKind => ({
  weight: 2,
  draw: (random) => {
    const which = random.next();
    return { name: `${way} is lost`, happen: (world) => world.someWire(which)?.[way].swallow() };
  },
});

/** What can happen to connections. Within one, nothing is ever reordered; `mischief` is a defect of the layers below. */
export const networkFaults: readonly FaultKind[] = [
  {
    weight: 3,
    draw: (random) => {
      const which = random.next();
      const isLost = random.chance(0.6);
      return { name: 'cut', happen: (world) => world.someWire(which)?.cut({ node: true, hub: true }, isLost) };
    },
  },
  silence(1, 'half open: the hub accepts nothing', { node: true, hub: false }),
  silence(1, 'half open: the node accepts nothing', { node: false, hub: true }),
  silence(1, 'black hole', { node: false, hub: false }),
  stall('toNode'),
  stall('toHub'),
  loss('toNode'),
  loss('toHub'),
  {
    weight: 2,
    draw: (random) => {
      const whom = random.next();
      const ms = random.between(500, 5000);
      return { name: `a node is cut off for ${toText(ms)}`, happen: (world) => world.severNode(whom, ms) };
    },
  },
  {
    weight: 2,
    draw: (random) => {
      const which = random.next();
      const mischief = random.pick(['skip', 'repeat', 'skip back'] as const);
      return {
        name: `one message is lost or comes twice (${mischief})`,
        happen: (world) => {
          const wire = world.someWire(which);
          if (wire !== undefined) wire.mischief = mischief;
        },
      };
    },
  },
];
