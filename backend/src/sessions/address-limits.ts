import { isOwnMachine } from '../access/peer-address.ts';

/** How many connections one address may have, and how many of them may wait to be let in. */
export type AddressLimit = { readonly connections: number; readonly waiting: number };

/** The limits of the hub's own machine, where services and tools run, and of any other. */
export type AddressLimits = { readonly own: AddressLimit; readonly other: AddressLimit };

/** A connection that is counted. Each of these counts once, however often it is called. */
export type Place = { readonly admit: () => void; readonly leave: () => void };

/** Counts connections by address. Returns the place of one more, or null when there is none. */
export const createAddressCounter = ({ own, other }: AddressLimits): ((address: string) => Place | null) => {
  const counts = new Map<string, AddressLimit>();
  const change = (address: string, by: AddressLimit): void => {
    const { connections, waiting } = counts.get(address) ?? { connections: 0, waiting: 0 };
    if (connections + by.connections === 0) counts.delete(address);
    else counts.set(address, { connections: connections + by.connections, waiting: waiting + by.waiting });
  };
  return (address) => {
    const limit = isOwnMachine(address) ? own : other;
    const { connections, waiting } = counts.get(address) ?? { connections: 0, waiting: 0 };
    if (connections >= limit.connections || waiting >= limit.waiting) return null;
    change(address, { connections: 1, waiting: 1 });
    let isWaiting = true;
    let isHere = true;
    return {
      admit: () => {
        if (isWaiting && isHere) change(address, { connections: 0, waiting: -1 });
        isWaiting = false;
      },
      leave: () => {
        if (isHere) change(address, { connections: -1, waiting: isWaiting ? -1 : 0 });
        isHere = false;
      },
    };
  };
};
