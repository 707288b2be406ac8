import { createParse, Fault, nodeEvents, type NodeMessage, type Role } from '@phloem/protocol';

/** Which events a role may send. A viewer's commit carries a cursor alone; that is checked where it is used. */
const allowed: Readonly<Record<Role, ReadonlySet<string>>> = {
  automation: new Set(['subscribe', 'unsubscribe', 'commit', 'heartbeat']),
  viewer: new Set(['subscribe', 'unsubscribe', 'commit', 'heartbeat']),
  technician: new Set(['subscribe', 'unsubscribe', 'commit', 'heartbeat', 'watch', 'unwatch']),
  engineer: new Set(['subscribe', 'unsubscribe', 'commit', 'heartbeat', 'watch', 'unwatch']),
  admin: new Set(['subscribe', 'unsubscribe', 'commit', 'heartbeat', 'watch', 'unwatch']),
  relay: new Set(['subscribe', 'unsubscribe', 'commit', 'heartbeat']),
  ingest: new Set(['heartbeat']),
};

// A Map and not an object: `__proto__` and `constructor` are ordinary words to a Map.
const parsers = new Map(Object.entries(nodeEvents).map(([event, schema]) => [event, createParse(schema, event)]));

/** Messages a second, and how many at once. */
export type Rate = { readonly perSecond: number; readonly burst: number };

const unlimited: Rate = { perSecond: 5000, burst: 20_000 };
const panel: Rate = { perSecond: 50, burst: 100 };

/** What a role may send in a second: services work, panels ask. */
export const rateOf = (role: Role): Rate => (role === 'automation' || role === 'relay' ? unlimited : panel);

/**
 * The one door for every event of one session: known event, role, rate, schema, in this order. What passes is typed;
 * what does not is a `Fault` that ends the session.
 */
export const createEventGate = (role: Role, rate: Rate = rateOf(role)) => {
  let tokens = rate.burst;
  let filledAt: number | null = null;
  /** `now` is a running clock in milliseconds. */
  return (event: unknown, payload: unknown, now: number): NodeMessage => {
    const parse = typeof event === 'string' ? parsers.get(event) : undefined;
    if (parse === undefined)
      throw new Fault('protocol/unexpected', `there is no event of the name ${JSON.stringify(String(event).slice(0, 40))}`);
    if (!allowed[role].has(String(event))) throw new Fault('auth/unauthorised', `the role ${role} may not send ${String(event)}`);
    tokens = Math.min(rate.burst, tokens + ((now - (filledAt ?? now)) / 1000) * rate.perSecond);
    filledAt = now;
    if (tokens < 1) throw new Fault('protocol/rate', `more than ${rate.perSecond} messages a second`);
    tokens -= 1;
    return { event, payload: parse(payload) } as NodeMessage;
  };
};
