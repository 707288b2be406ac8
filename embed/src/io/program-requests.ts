import { randomUUID } from 'node:crypto';
import type { OpenHub } from '@phloem/backend/open';
import { Fault, toLocation, type DeviceId, type DeviceValue, type LocationId, type RequestAnswer, type Term } from '@phloem/protocol';
import { interval, type SchedulerLike } from 'rxjs';
import type { RequestOptions } from './phloem.ts';

export type ProgramRequestsParts = {
  readonly hub: Pick<OpenHub, 'hub' | 'store'>;
  /** The id of the program's own credential: its leases end with it. */
  readonly credential: string;
  readonly scheduler: SchedulerLike;
};

/** Requests of a program in the process of the hub. */
export type ProgramRequests = {
  /** @throws Fault `command/term`, `request/conflict`. */
  request(device: DeviceId, value: DeviceValue, options: RequestOptions): Promise<RequestAnswer>;
  release(location: LocationId): Promise<void>;
  close(): void;
};

const renewEveryMs = 1000;

/**
 * Requests device states for a program: as a node of the location under its lease, through the same gate as everybody else. Leases
 * are renewed by a timer, so a program that blocks its event loop for 3 s loses them.
 */
export const createProgramRequests = ({ hub: { hub, store }, credential, scheduler }: ProgramRequestsParts): ProgramRequests => {
  const { requests } = hub;
  const held = new Set<LocationId>();
  const toRequester = (location: LocationId) => ({ nodeId: `program-${location}`, credential });

  const hold = (location: LocationId): Term => {
    const { term, holder } = requests.hold(toRequester(location), location, null);
    if (term === null) {
      held.delete(location);
      throw new Fault(
        'command/term',
        `${holder ?? 'another node'} holds the lease of ${location}: set an override, or start without a bundle for ${location}`,
      );
    }
    held.add(location);
    return term;
  };
  const renewing = interval(renewEveryMs, scheduler).subscribe(() => {
    for (const location of held) {
      const { term } = requests.hold(toRequester(location), location, null);
      if (term === null) held.delete(location);
    }
  });

  return {
    request: async (device, value, { ttlMs, id = randomUUID(), op, cause, reason }) => {
      const location = toLocation(device);
      const answer = requests.request(toRequester(location), {
        id,
        term: hold(location),
        device,
        value,
        ttlMs,
        reason: reason ?? 'requested by the program that embeds the hub',
        ...(op !== undefined && { op }),
        ...(cause !== undefined && { cause: { epoch: store.log.epoch, lsn: cause } }),
      });
      await store.sync();
      return answer;
    },
    release: async (location) => {
      held.delete(location);
      requests.release(toRequester(location), location);
      await store.sync();
    },
    close: () => {
      renewing.unsubscribe();
      for (const location of held) requests.release(toRequester(location), location);
      held.clear();
    },
  };
};
