import { textReason, type DeviceValue } from '@phloem/protocol';
import { DocumentFault } from '@phloem/rules';
import { describe, expect, it } from 'vitest';
import { testSite } from '../sessions/testing/hub-fixture.ts';
import { toLoadedSite, type LoadedSite } from '../site/site-content.ts';
import type { DeviceSpec } from '../site/site.ts';
import { createMemoryStore } from '../store/memory-store.ts';
import type { CommandRecord, HubStore } from '../store/hub-store.ts';
import { changeSite, type ChangeSiteParts } from './change-site.ts';
import { planSiteChange } from './plan-site-change.ts';

const place = (address: number): DeviceSpec['write'] => ({
  bus: 'simulator',
  unit: 10,
  register: { table: 'coil', address, type: 'bit', wordOrder: 'ABCD', scale: 1, offset: 0, sentinels: [] },
});
const device = (name: string, address: number, more: object = {}): DeviceSpec =>
  ({
    id: `flower_room/${name}`,
    location: 'flower_room',
    title: name,
    kind: 'switch',
    write: place(address),
    readBack: place(address + 100),
    pollMs: 1000,
    failSafe: { after: 10_000, value: false },
    restart: 'automatic',
    minOn: 0,
    minOff: 0,
    power: null,
    merge: 'exclusive',
    ...more,
  }) as DeviceSpec;
const siteOf = (...devices: readonly DeviceSpec[]): LoadedSite => {
  const { hash: _hash, ...parts } = testSite;
  return toLoadedSite({ ...parts, devices });
};

const heater = device('heater', 1);
const fan = device('fan', 2);
const before = siteOf(heater, fan);
const bundle = (name: string) => ({ hash: name.repeat(64), text: `{"is":"${name}"}`, scope: 'flower_room' });
const command = (of: DeviceSpec): CommandRecord => ({
  id: `${of.id}-1`,
  device: of.id,
  value: true,
  op: 'set',
  by: { kind: 'node', id: 'automation-1' },
  why: textReason('cold'),
  cause: { epoch: 'e'.repeat(16), lsn: 1 },
  term: 1,
  scope: 'flower_room',
  accepted: { epoch: 'e'.repeat(16), lsn: 2 },
  stage: 'requested',
  end: null,
});
const refusalOf = (work: () => unknown): string => {
  try {
    work();
    return 'taken';
  } catch (error) {
    return String(error);
  }
};
const never: ChangeSiteParts['leave'] = () => Promise.reject(new Error('nothing may be driven'));
const fits = (): void => undefined;
const misfits = (): never => {
  const place = { file: 'flower_room/heat', line: 0, column: 0, path: 'spec.then', excerpt: '  then: x\n        ^' };
  throw new DocumentFault('document/invalid', [{ ...place, expected: 'a device', found: 'x', hint: 'name one' }]);
};

describe('which devices a changed site leaves', () => {
  it.each([
    ['one that is gone', [fan], ['heater'], []],
    ['one that is written elsewhere', [device('heater', 7, { readBack: heater.readBack }), fan], ['heater'], []],
    ['one that is read back elsewhere', [{ ...heater, readBack: place(9) }, fan], ['heater'], []],
    ['one that is of another kind', [{ ...heater, kind: 'percent' as const }, fan], ['heater'], []],
    ['none that is only called otherwise by people', [{ ...heater, title: 'Warm' }, fan], [], []],
    ['none for one that is new', [heater, fan, device('light', 5)], [], ['light']],
  ])('%s', (_name, devices, left, returned) => {
    const open = [command(heater), command(fan)];
    const change = planSiteChange({ before: before.site, site: siteOf(...devices).site, live: [], bundle: null, open, check: fits });
    expect(change.left.map(({ title }) => title)).toEqual(left);
    expect(change.ended.map((record) => record.device)).toEqual(left.map((name) => `flower_room/${name}`));
    expect(change.returned.map(({ title }) => title)).toEqual(returned);
  });
});

describe('whether a changed site is refused', () => {
  const live = [{ scope: 'flower_room', hash: 'a'.repeat(64), revision: 3, text: '{}' }];
  const plan = (more: Partial<Parameters<typeof planSiteChange>[0]>) => () =>
    planSiteChange({ before: before.site, site: before.site, live, bundle: null, open: [], check: fits, ...more });

  it.each([
    ['a live bundle that fits', {}, /^taken$/],
    [
      'a live bundle that does not fit',
      { check: misfits },
      /flower_room does not fit it \(flower_room\/heat: [^\n]*\); start with --bundle/,
    ],
    ['a live bundle whose content is lost', { live: live.map((one) => ({ ...one, text: null })) }, /not kept/],
    ['one that does not fit, and a bundle in its place', { check: misfits, bundle: bundle('b') }, /^taken$/],
    ['a bundle for another scope', { check: misfits, bundle: { ...bundle('b'), scope: 'veg_room' } }, /flower_room does not fit/],
  ])('%s', (_name, more, says) => {
    expect(refusalOf(plan(more))).toMatch(says);
  });
});

describe('a hub that is started with another site', () => {
  const openStore = (): HubStore => createMemoryStore({ clock: { at: () => 0, up: () => 0 }, random: () => 0.5 });
  const start = (store: HubStore, { site, content }: LoadedSite, more: Partial<ChangeSiteParts> = {}) =>
    changeSite({ store, site, text: content, bundle: null, check: fits, leave: never, ...more });
  const tail = (store: HubStore, after: number) => store.log.read(after, { entries: 100, bytes: 1e6 });
  const said = (store: HubStore, after: number): readonly string[] =>
    tail(store, after).map((entry) => {
      if (entry.kind === 'device') return `${entry.device} ${entry.phase} ${entry.value}`;
      if (entry.kind === 'alarm') return `${entry.alarm} ${entry.state}`;
      return 'revision' in entry ? `${entry.kind} ${entry.revision}` : entry.kind;
    });

  it('is the same site twice: one entry, and the same bundle stays at its revision', async () => {
    const store = openStore();
    expect(await start(store, before, { bundle: bundle('a') })).toEqual({ scope: 'flower_room', revision: 1 });
    expect(await start(store, before, { bundle: bundle('a') })).toEqual({ scope: 'flower_room', revision: 1 });
    expect(await start(store, before, { bundle: bundle('b') })).toEqual({ scope: 'flower_room', revision: 2 });
    expect(said(store, 0)).toEqual(['site 1', 'bundle 1', 'bundle 2']);
  });

  it('cancels what was requested of a device that is gone, leaves it safe, then has the site and its bundle', async () => {
    const store = openStore();
    await start(store, before, { bundle: bundle('a') });
    store.commands.put(command(heater));
    const { head } = store.log;
    const driven: [string, DeviceValue | null][] = [];
    await start(store, siteOf(fan), {
      bundle: bundle('b'),
      leave: (old, devices) => {
        expect(old.hash).toBe(before.hash);
        for (const { id } of devices) driven.push([id, store.commands.open().length === 0]);
        return Promise.resolve(devices.map((one) => ({ device: one, value: false, problem: null })));
      },
    });
    expect(driven).toEqual([[heater.id, true]]);
    expect(said(store, head)).toEqual([`${heater.id} cancelled true`, `${heater.id} safe false`, 'site 2', 'bundle 2']);
    expect(store.commands.get(`${heater.id}-1`)).toMatchObject({ stage: 'ended', end: 'cancelled' });
  });

  it('raises an alarm for a device that could not be reached, and clears it when the device is back', async () => {
    const store = openStore();
    await start(store, before);
    const { head } = store.log;
    const leave: ChangeSiteParts['leave'] = (_old, devices) =>
      Promise.resolve(devices.map((one) => ({ device: one, value: false, problem: textReason('no link') })));
    await start(store, siteOf(fan), { leave });
    await start(store, before);
    const alarm = `device/${heater.id}/left-behind`;
    expect(said(store, head)).toEqual([`${heater.id} unknown false`, `${alarm} active`, 'site 2', `${alarm} cleared`, 'site 3']);
  });

  it('changes nothing when a live bundle does not fit', async () => {
    const store = openStore();
    await start(store, before, { bundle: bundle('a') });
    store.commands.put(command(heater));
    const { head } = store.log;
    await expect(start(store, siteOf(fan), { check: misfits })).rejects.toMatchObject({ code: 'document/invalid' });
    expect(store.log.head).toBe(head);
    expect(store.commands.open()).toHaveLength(1);
  });
});
