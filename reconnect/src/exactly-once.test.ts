import type { Entry, Lsn } from '@phloem/protocol';
import * as fc from 'fast-check';
import { VirtualTimeScheduler } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Link } from './link.ts';
import { openLink } from './run-link.ts';
import { createFakeNetwork, epochA, type FakeConnection } from './testing/fake-network.ts';
import { ModelHub } from './testing/model-hub.ts';

const window = 16;
/** Which content a number got: after a power cut the same number may get another. */
const entryOf =
  (generation: number) =>
  (lsn: Lsn): Entry => ({ lsn, at: generation, up: lsn, kind: 'pulse' });

/** One thing that happens, in the network, at the hub or to the reader. */
type Happening =
  | { readonly what: 'append'; readonly count: number }
  | { readonly what: 'send'; readonly size: number }
  | { readonly what: 'deliver' | 'mute' | 'deafen' | 'cut' | 'read' | 'commit' | 'power cut' }
  | { readonly what: 'deliver one'; readonly index: number }
  | { readonly what: 'pass'; readonly ms: number };

const happening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ what: fc.constant('append' as const), count: fc.integer({ min: 1, max: 12 }) }) },
  { weight: 4, arbitrary: fc.record({ what: fc.constant('send' as const), size: fc.integer({ min: 1, max: 9 }) }) },
  { weight: 8, arbitrary: fc.constantFrom('deliver', 'read', 'commit').map((what) => ({ what })) },
  { weight: 1, arbitrary: fc.constantFrom('mute', 'deafen', 'cut').map((what) => ({ what })) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('deliver one' as const), index: fc.integer({ min: 0, max: 3 }) }) },
  { weight: 2, arbitrary: fc.record({ what: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 900 }) }) },
);

/** Writes down the log as the link reports it, and what of it is wrong. */
const createReader = (link: Link) => {
  const copy: Entry[] = [];
  const wrong: string[] = [];
  let uncommitted = 0;
  let most = 0;
  let epoch = epochA;
  link.batches$('log').subscribe((batch) => {
    ({ epoch } = batch);
    if (batch.kind === 'lost') copy.length = batch.from;
    if (batch.kind !== 'entries') return;
    // IN2: exactly the numbers after the last one, none twice, none left out.
    const due = Array.from({ length: batch.last - batch.from }, (_, index) => copy.length + index + 1);
    const came = batch.entries.map(({ lsn }) => lsn);
    if (came.join() !== due.join()) wrong.push(`after ${copy.length} came ${came.join()}`);
    copy.push(...batch.entries);
    uncommitted += batch.entries.length;
    most = Math.max(most, uncommitted);
  });
  const commit = (): void => {
    uncommitted = 0;
    link.commit({ sub: 'log', epoch, cursor: copy.length, term: null, commands: [], alarms: [], values: [] });
  };
  return { copy, wrong, commit, most: () => most };
};

const openReadingLink = ({ transport }: ReturnType<typeof createFakeNetwork>, clock: VirtualTimeScheduler): Link =>
  openLink({
    transport,
    clock,
    random: () => 0.5,
    nodeId: 'automation-1',
    run: 'run-00000001',
    role: 'automation',
    software: 'test/1',
    subscriptions: [{ sub: 'log', mode: 'every', filter: {}, cursor: { epoch: epochA, lsn: 0 } }],
  });

/** A link, a hub and a reader, with nothing between them but the network. */
const setUp = () => {
  const clock = new VirtualTimeScheduler();
  const network = createFakeNetwork();
  const hub = new ModelHub({ epoch: epochA, lineage: [], entries: [] }, window);
  const { copy, wrong, commit, most } = createReader(openReadingLink(network, clock));
  let generation = 0;
  const greeted = new Set<FakeConnection>();

  const pass = (ms: number): void => {
    const until = clock.frame + ms;
    clock.maxFrames = until;
    clock.flush();
    clock.frame = until;
  };
  const happen = (event: Happening): void => {
    const connection = network.newest();
    if (!connection.isEnded && !greeted.has(connection)) {
      greeted.add(connection);
      hub.greet(connection);
    }
    switch (event.what) {
      case 'append':
        for (let n = 0; n < event.count; n += 1) hub.append(entryOf(generation));
        return;
      case 'send':
        return hub.send(event.size);
      case 'deliver':
        return connection.deliver();
      case 'deliver one':
        return connection.deliver(event.index);
      case 'mute':
        return connection.mute();
      case 'deafen':
        return connection.deafen();
      case 'read':
        return hub.read();
      case 'cut':
        if (!connection.isEnded) connection.cut();
        return;
      case 'power cut':
        generation += 1;
        hub.loseNewest(3, `epoch${String(generation).padStart(7, '0')}`);
        if (!connection.isEnded) connection.cut();
        return;
      case 'commit':
        return commit();
      case 'pass':
        return pass(event.ms);
      default:
        event satisfies never;
    }
  };
  /** Nothing goes wrong any more. */
  const heal = (): void => {
    const isThere = (): boolean => copy.length === hub.head && copy.at(-1)?.at === hub.log.entries.at(-1)?.at;
    for (let turn = 0; turn < 200 && !isThere(); turn += 1) {
      for (const what of ['read', 'deliver', 'commit'] as const) happen({ what });
      happen({ what: 'send', size: 9 });
      pass(60);
    }
  };
  return { hub, network, copy, wrong, happen, heal, most };
};

describe('a link over a network on which everything goes wrong', () => {
  it('[EV1] delivers each entry exactly once and in order, and catches up when it heals', () => {
    fc.assert(
      fc.property(fc.array(happening, { minLength: 20, maxLength: 150 }), (happenings) => {
        const rig = setUp();
        for (const event of happenings) rig.happen(event);
        rig.heal();
        expect(rig.wrong).toEqual([]);
        expect(rig.copy).toEqual(rig.hub.log.entries);
        expect(rig.network.openCount()).toBe(1);
      }),
      { seed: 20_261_123, numRuns: 150 },
    );
  });

  it('[EV3] a reader that does not commit is never given more than the window, however often the link is cut', () => {
    fc.assert(
      fc.property(fc.array(happening, { minLength: 20, maxLength: 150 }), (happenings) => {
        const rig = setUp();
        for (const event of happenings) if (event.what !== 'commit') rig.happen(event);
        expect(rig.most()).toBeLessThanOrEqual(window);
      }),
      { seed: 20_261_123, numRuns: 150 },
    );
  });

  it('[EV6] after power cuts that take the newest entries it learns of it, goes back, and ends with the log as it is', () => {
    const withPowerCuts = fc.oneof(
      { weight: 20, arbitrary: happening },
      { weight: 1, arbitrary: fc.constant<Happening>({ what: 'power cut' }) },
    );
    fc.assert(
      fc.property(fc.array(withPowerCuts, { minLength: 20, maxLength: 150 }), (happenings) => {
        const rig = setUp();
        for (const event of happenings) rig.happen(event);
        rig.heal();
        expect(rig.wrong).toEqual([]);
        expect(rig.copy).toEqual(rig.hub.log.entries);
      }),
      { seed: 20_261_123, numRuns: 150 },
    );
  });
});
