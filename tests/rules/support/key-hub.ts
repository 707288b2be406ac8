import { createDial, createHubClock, createMemoryStore, openField, runHub, type Hub, type MemoryStore, type Site } from '@phloem/backend';
import { isFault, textReason, type DeviceValue, type EntryDraft } from '@phloem/protocol';
import { NEVER } from 'rxjs';
import { drained, EventLoop } from '../../simulation/engine/event-loop.ts';
import { SimProcess } from '../../simulation/engine/sim-process.ts';
import { createLine } from './key-line.ts';

/** What a hub did over a site, and what it shows on panels. */
export type HubRun = { readonly does: unknown; readonly says: unknown };

const startAt = Date.UTC(2026, 2, 28, 23, 59, 10);
const everything = { entries: 100_000, bytes: 1e9 };
/** What is only read is read for less long. */
const endOf = ({ devices }: Site): number => (devices.length === 0 ? 65_000 : 125_000);
/** Until then a service commands; later it is gone, and comes back. */
const goneMs = 62_000;
const backMs = 104_000;
const commandEveryMs = 4000;

type Device = Site['devices'][number];

const switching = [true, false, true, true, false, true] as const;
const percents = [20, 55, 52, 100, 0, 70] as const;

/** What a service asks of a device, one after the other: what the device can do, and a small step now and then. */
const toWanted = (device: Device, turn: number): DeviceValue => {
  const { kind, modes, range } = device;
  if (kind === 'momentary') return true;
  if (kind === 'switch') return switching[turn % switching.length] ?? true;
  const share = percents[turn % percents.length] ?? 0;
  if (kind === 'mode') return modes?.[turn % modes.length]?.name ?? 'off';
  if (kind !== 'setpoint') return share;
  const { min, max } = range ?? { min: 0, max: 100 };
  const step = device.step ?? 1;
  return Number((min + Math.round(((max - min) * share) / 100 / step) * step).toFixed(6));
};

/** The service that commands every device of a site, under one lease for each location. */
const createService = (hub: Hub, store: MemoryStore, site: Site) => {
  const scopes = [...new Set(site.devices.map(({ location }) => location))];
  let session = 0;
  let turn = 0;
  const sessionOf = (scope: string): string => `${scope}-${session}`;
  return {
    join: (): void => {
      session += 1;
      for (const scope of scopes) hub.leases.request(sessionOf(scope), 'automation-1', scope);
    },
    leave: (): void => {
      for (const scope of scopes) hub.leases.release(sessionOf(scope));
    },
    live: (): void => {
      for (const scope of scopes) {
        const lease = site.devices.flatMap(({ id, location }) => (location === scope ? [hub.leases.covering(id)] : []))[0];
        if (lease !== null && lease !== undefined) hub.leases.renew(sessionOf(scope), lease.term, store.log.head);
      }
    },
    command: (): void => {
      turn += 1;
      const cause = { epoch: store.log.epoch, lsn: store.log.head };
      for (const scope of scopes) {
        const own = site.devices.filter(({ location }) => location === scope);
        const term = hub.leases.covering(own[0]?.id ?? '')?.term;
        if (term === undefined) continue;
        const frames = own.map((device, i) => ({
          id: `frame-${scope}-${turn}-${i}`,
          device: device.id,
          value: toWanted(device, turn + i),
          op: device.kind === 'momentary' ? ('momentary' as const) : ('set' as const),
          cause,
          ttlMs: 9000,
          why: textReason('as the sample says'),
        }));
        store.transact(() => {
          hub.gate.accept(frames, { term, scope, nodeId: 'automation-1' });
          store.cursors.set(scope, cause);
        });
        hub.gate.flush();
      }
    },
  };
};

/** An operator who tries an override of a minute on each device, and one of three hours. */
const override = (hub: Hub, site: Site, forMs: number): readonly string[] =>
  site.devices.map((device, i) => {
    try {
      hub.gate.override(device.id, { value: toWanted(device, i + 2), forMs, reason: 'to see' }, { kind: 'user', id: 'anna' });
      return 'taken';
    } catch (error) {
      if (!isFault(error)) throw error;
      return error.code;
    }
  });

/** Where the site declares sources, one of a fixed name sends a value for each of its points, as one and the same node. */
const send = (hub: Hub, site: Site, seq: number, v: number, outcomes: unknown[]): void => {
  if (site.sources === undefined) return;
  const ids = site.points.flatMap((point) => (point.source.kind === 'ingest' ? [point.id] : []));
  const readings = Object.fromEntries(ids.map((point) => [point, { v }]));
  hub.ingest?.take({ source: 'zigbee', seq, frames: [{ readings }] }, { nodeId: 'bridge' }).then(
    (outcome) => outcomes.push(outcome),
    (error: unknown) => outcomes.push(isFault(error) ? error.code : String(error)),
  );
};

/** Runs a hub over a site for two minutes of virtual time, with a service that commands, goes away and comes back. */
export const runSite = async (site: Site, siteText: string): Promise<HubRun> => {
  const loop = new EventLoop();
  const endMs = endOf(site);
  const process = new SimProcess('hub', loop);
  const wall = (): number => startAt + loop.now;
  const line = createLine(process);
  const store = createMemoryStore({
    clock: (past) => createHubClock({ wall, monotonic: () => loop.now, kernelUptime: 1_000_000 }, past),
    random: () => 0.5,
  });
  const field = openField(site, {
    scheduler: process,
    random: () => 0.5,
    wall,
    dial: (bus, scheduler, quirks) => createDial(bus, scheduler, quirks, line.wires),
  });
  const hub = runHub({
    store,
    site,
    siteText,
    field,
    diagnostics: field.diagnostics,
    transport: { connections$: NEVER, close: async () => undefined },
    scheduler: process,
    random: () => 0.5,
    createId: () => 'abcdefghijklmnop',
    authenticate: ({ role }) => ({ role }),
    nodeId: 'hub',
    run: 'hubrun-0001',
    notice: ({ kind, ...rest }) => {
      if (kind === 'bug') throw new Error(JSON.stringify(rest));
    },
  });
  const service = createService(hub, store, site);
  const overrides: unknown[] = [];
  const at = (ms: number, work: () => void): void => void loop.after(ms, work);
  at(2000, service.join);
  for (let ms = 3000; ms < endMs; ms += 1000) if (ms < goneMs || ms > backMs) at(ms, service.live);
  for (let ms = 3500; ms < endMs; ms += commandEveryMs) if (ms < goneMs || ms > backMs) at(ms, service.command);
  at(goneMs, service.leave);
  at(backMs, service.join);
  at(45_000, () => overrides.push(override(hub, site, 3 * 3_600_000), override(hub, site, 60_000)));
  at(53_000, () => {
    for (const { device } of hub.view.overrides()) hub.gate.release(device, { kind: 'user', id: 'anna' }, null);
  });
  const sent: unknown[] = [];
  for (const [index, v] of [64, 70, 96, 73].entries()) at(5000 + index * 10_000, () => send(hub, site, index + 1, v, sent));
  await drained();
  while (loop.step(endMs)) await drained();
  const entries = store.log.read(0, everything).filter(({ kind }) => kind !== 'pulse' && kind !== 'site');
  const outcome: HubRun = {
    does: [line.heard, entries.map(toBare), overrides, sent, hub.gate.states().map(({ id, confirmed, phase }) => [id, confirmed, phase])],
    says: [
      entries,
      { ...hub.view.snapshot('all'), version: 0 },
      field.diagnostics.health(),
      field.diagnostics.plan(),
      field.diagnostics.registers(),
    ],
  };
  process.kill();
  return outcome;
};

/** An entry without the words for people. */
const toBare = (entry: EntryDraft): unknown => ({ ...entry, why: '', reason: '' });
