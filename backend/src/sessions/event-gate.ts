import { createParse, Fault, nodeEvents, type NodeMessage, type Role } from '@phloem/protocol';
import { isService, maySend } from '../access/permissions.ts';
import { takeOne, type Allowance, type Rate } from './token-bucket.ts';

// A Map and not an object: `__proto__` and `constructor` are ordinary words to a Map.
const parsers = new Map(Object.entries(nodeEvents).map(([event, schema]) => [event, createParse(schema, event)]));

const isKnown = (event: unknown): event is NodeMessage['event'] => typeof event === 'string' && parsers.has(event);

const unlimited: Rate = { perSecond: 5000, burst: 20_000 };
const panel: Rate = { perSecond: 50, burst: 100 };

/** What a role may send in a second: services work, panels ask. */
export const rateOf = (role: Role): Rate => (isService(role) ? unlimited : panel);

/** The longest message of a service, in characters: a commit of all that one step of its rules may decide. */
const longestOfService = 512 * 1024;
/** A panel subscribes, moves its cursor and says that it lives; a list of 256 locations is the longest of it. */
const longestOfPanel = 32 * 1024;

/** How long a message a role may send, in characters. */
export const longestMessageOf = (role: Role): number => (isService(role) ? longestOfService : longestOfPanel);

/**
 * The one door for every event of one session: known event, role, rate, schema, in this order. What passes is typed;
 * what does not is a `Fault` that ends the session.
 */
export const createEventGate = (role: Role, rate: Rate = rateOf(role)) => {
  let allowance: Allowance | undefined;
  /** `now` is a running clock in milliseconds. */
  return (event: unknown, payload: unknown, now: number): NodeMessage => {
    const parse = isKnown(event) ? parsers.get(event) : undefined;
    if (!isKnown(event) || parse === undefined)
      throw new Fault('protocol/unexpected', `there is no event named ${JSON.stringify(String(event).slice(0, 40))}`);
    if (!maySend(role, event)) throw new Fault('auth/forbidden', `the role ${role} may not send ${event}`);
    const taken = takeOne(rate, allowance, now);
    ({ allowance } = taken);
    if (!taken.isTaken) throw new Fault('protocol/rate', `more than ${rate.perSecond} messages a second`);
    return { event, payload: parse(payload) } as NodeMessage;
  };
};
