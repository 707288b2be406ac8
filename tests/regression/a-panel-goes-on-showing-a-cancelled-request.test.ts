import { textReason } from '@phloem/protocol';
import { createMemoryStore, runHub, type FieldPort } from '@phloem/backend';
import { VirtualTimeScheduler, NEVER } from 'rxjs';
import { expect, it } from 'vitest';
import { site, siteContent } from '../simulation/parts/documents.ts';

const field: FieldPort = {
  frames$: NEVER,
  deviceReports$: NEVER,
  status$: NEVER,
  write: () => Promise.resolve({ kind: 'echoed' }),
  readBack: () => Promise.resolve({ kind: 'value', value: false }),
  close: () => Promise.resolve(),
};

// A grant cancels the standing requests of older terms without an entry of the device, so a panel that was already looking
// was never notified, while one that came later showed no request.
it('[LA1] a grant that cancels a request is a change of the device for every panel', async () => {
  const store = createMemoryStore({ clock: { at: () => 1_800_000_000_000, up: () => 1000 }, random: () => 0.5 });
  const hub = runHub({
    store,
    site,
    siteText: siteContent,
    field,
    transport: { connections$: NEVER, close: () => Promise.resolve() },
    scheduler: new VirtualTimeScheduler(),
    random: () => 0.5,
    createId: () => 'session-00000001',
    authenticate: ({ role }) => ({ role }),
    nodeId: 'hub',
    run: 'hubrun-0001',
    notice: () => undefined,
  });
  const heater = (devices: readonly { readonly id: string; readonly requested: unknown }[]) =>
    devices.find(({ id }) => id === 'room/heater');

  // The gate reads each output first; what is as requested already is confirmed at once, and stands.
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
  const { term } = hub.leases.request('session-a', 'automation-1', 'room');
  const cause = { epoch: store.log.epoch, lsn: store.log.head };
  const frame = { id: 'frame-0001', device: 'room/heater', value: false, op: 'set', cause, ttlMs: 5000, why: textReason('warm') } as const;
  store.transact(() => hub.gate.accept([frame], { term: term ?? 0, scope: 'room', nodeId: 'automation-1' }));
  hub.gate.flush();
  const shown = hub.view.version;
  expect(heater(hub.view.snapshot('view').devices)?.requested).toBe(false);

  hub.leases.release('session-a');
  hub.leases.request('session-b', 'automation-2', 'room');

  expect(heater(hub.view.snapshot('view').devices)?.requested).toBeNull();
  expect(heater(hub.view.changesSince('view', shown).devices)?.requested).toBeNull();
});
