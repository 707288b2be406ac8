import type { BusExchange } from './bus-exchange.ts';

/** The last exchanges of each unit of a bus, so that a technician who looks sees at once what has been going on. */
export type RecentExchanges = {
  note(exchange: BusExchange): void;
  /** Oldest first; of one unit, or of all. */
  of(unit: number | null, count: number): readonly BusExchange[];
};

const keptByUnit = 50;

/** Keeps fifty for each unit that was ever asked: what a site needs, and no more than 247 times that. */
export const createRecentExchanges = (): RecentExchanges => {
  const byUnit = new Map<number, BusExchange[]>();
  return {
    note: (exchange) => {
      const unit = exchange.request?.unit ?? 0;
      const own = byUnit.get(unit);
      if (own === undefined) byUnit.set(unit, [exchange]);
      else {
        own.push(exchange);
        if (own.length > keptByUnit) own.shift();
      }
    },
    of: (unit, count) => {
      const found = unit === null ? [...byUnit.values()].flat() : [...(byUnit.get(unit) ?? []), ...(byUnit.get(0) ?? [])];
      return count === 0 ? [] : found.toSorted((a, b) => a.n - b.n).slice(-count);
    },
  };
};
