import type { DeviceValue, Entry } from '../../entry.ts';
import type { BundleContent } from '../bundle.ts';
import { kindOf } from '../documents/check.ts';
import type { SourceDocument } from '../documents/source.ts';
import { compileInterlocks } from '../interlocks/compile-interlocks.ts';
import { compileBundle } from '../plan/compile-bundle.ts';
import type { Plan } from '../plan/plan.ts';
import { idleDevice, stepModelGate } from './model-gate.ts';
import { toTestSite } from './test-site.ts';

/** A day of a room as a log, and the plan that it was made with. */
export type RecordedDay = { readonly plan: Plan; readonly entries: readonly Entry[]; readonly switches: number; readonly tripped: number };

/**
 * A simulated day of the handbook's bundle: readings from waves and seeded noise, probes that go blind, a door that
 * opens, heat enough to trip an interlock, an operator's override; with a pulse each second and the outcomes of a
 * modelled gate. The same seed makes the same log.
 */
export const recordDay = (content: BundleContent, sources: readonly SourceDocument[], seed: number, hours = 24): RecordedDay => {
  const site = toTestSite(sources, 'Europe/Amsterdam');
  const plan = compileBundle(content, site);
  const isSafety = (source: SourceDocument): boolean => kindOf(source) === 'Interlocks' || /safety/.test(source.file);
  const interlocks = compileInterlocks(sources.filter(isSafety), site);
  const random = createRandom(seed);
  const entries: Entry[] = [];
  let state = plan.start();
  let guard = interlocks.start();
  let up = 0;
  let tripped = 0;
  const start = startOfDay;
  const devices = new Map(site.devices.map((device) => [device.id, idleDevice]));
  const take = (draft: Record<string, unknown>): void => {
    const queue = [draft];
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const entry = { ...next, lsn: entries.length + 1, up, at: start + up } as unknown as Entry;
      entries.push(entry);
      const result = plan.step(state, entry, { epoch: 'handbookday0' });
      state = result.state;
      for (const { device, value } of result.decisions) devices.set(device, { ...(devices.get(device) ?? idleDevice), wish: value });
      const guarded = interlocks.step(guard, entry);
      guard = guarded.state;
      for (const { id, state: phase } of guarded.changes) {
        if (phase === 'tripped') tripped += 1;
        queue.push({ kind: 'interlock', id, state: phase });
      }
      for (const device of site.devices) {
        const restrict = (id: string, wish: DeviceValue) => interlocks.restrict(guard, id, wish);
        const stepped = stepModelGate(devices.get(device.id) ?? idleDevice, device, restrict, up);
        devices.set(device.id, stepped.state);
        queue.push(...stepped.reports);
      }
    }
  };
  const wave = (periodS: number, phase = 0): number => Math.sin((up / 1000 / periodS) * 2 * Math.PI + phase);
  take({ kind: 'lease', scope: plan.scope, term: 1, holder: 'automation-1' });
  for (let second = 0; second < hours * 3600; second++) {
    up += 1000;
    if (second % 5 === 0) {
      const heat = second > 50_000 && second < 50_600 ? 10 : 0;
      for (const [i, cluster] of ['front', 'middle', 'back'].entries()) {
        const isBlind = (i < 2 && second > 20_000 && second < 21_000) || random() < 0.01;
        const temperature = 25 + 1.5 * wave(1800, i / 5) + heat + (random() - 0.5) * 0.2;
        const humidity = 62 + 9 * wave(700, i / 7) + (random() - 0.5);
        const good = (v: number) => (isBlind ? { v: null, q: 'bad', why: 'no answer' } : { v: Math.round(v * 100) / 100, q: 'good' });
        take({ kind: 'sensor', location: 'flower_room', cluster, readings: { temperature: good(temperature), humidity: good(humidity) } });
      }
      take({ kind: 'sensor', location: 'flower_room', cluster: 'door', readings: { open: { v: second % 9000 > 8900, q: 'good' } } });
    }
    if (second === 30_000)
      take({ kind: 'override', device: 'flower_room/cooling_valve', by: 'user:anna', value: 55, reason: 'test', forMs: 600_000 });
    if (second % 20_000 === 19_999) take({ kind: 'lease', scope: plan.scope, term: second, holder: 'automation-2' });
    take({ kind: 'pulse' });
  }
  const switches = [...devices.values()].reduce((sum, device) => sum + device.switches, 0);
  return { plan, entries, switches, tripped };
};

/** 23 November 2026, 00:00 UTC. */
const startOfDay = 1_795_392_000_000;

/** Mulberry32: small, seeded, the same everywhere. */
const createRandom = (seed: number): (() => number) => {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
};
