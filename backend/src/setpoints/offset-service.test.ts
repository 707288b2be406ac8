import { saying } from '@phloem/protocol/testing';
import { reasonOf } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { activateSite } from '../hub/activate-site.ts';
import { HubView } from '../view/hub-view.ts';
import { createOffsetService } from './offset-service.ts';
import { climate, openMovedRoom, roomSite } from './testing/moved-room.ts';

const temp = 'flower_room/climate/temp';
const minute = 60_000;
const warmer = { delta: 1.5, reason: 'cold seedlings', forMs: 30 * minute };

describe('moving a set-point', () => {
  it('[SP1] is an entry with who, why and until when, and stands in the view', () => {
    const { service, entries, view, time } = openMovedRoom();
    const status = service.move(temp, warmer, { kind: 'user', id: 'anna' });
    const entry = entries().at(-1);
    expect(entry).toMatchObject({ kind: 'offset', setpoint: temp, delta: 1.5, by: { kind: 'user', id: 'anna' }, reason: 'cold seedlings' });
    expect(status).toMatchObject({ lsn: entry?.lsn, since: time.at, until: time.at + 30 * minute, untilUp: time.up + 30 * minute });
    expect(view.offsets()).toEqual([status]);
    expect(view.snapshot('view').offsets).toEqual([status]);
  });

  it.each([
    ['farther than its document lets it', { ...warmer, delta: -2.1 }, temp, 'offset/invalid', /by ±2 K at most, and not by −2\.1 K/],
    ['not at all', { ...warmer, delta: 0 }, temp, 'offset/invalid', /other than 0/],
    ['by no number', { ...warmer, delta: Number.NaN }, temp, 'offset/invalid', /a number/],
    ['for ever', { ...warmer, forMs: Number.POSITIVE_INFINITY }, temp, 'offset/invalid', /within 24 h/],
    ['for no time', { ...warmer, forMs: 0 }, temp, 'offset/invalid', /needs an end/],
    ['for longer than a day', { ...warmer, forMs: 86_400_001 }, temp, 'offset/invalid', /24 h/],
    ['without a reason', { ...warmer, reason: '  ' }, temp, 'offset/invalid', /needs a reason/],
    [
      'where nothing says how far',
      warmer,
      'flower_room/climate/light',
      'offset/invalid',
      /write under spec in flower_room\/climate: offsets: \{ light: "±1 %" \}/,
    ],
    ['that is spelt otherwise', warmer, 'flower_room/climate/tmep', 'setpoint/unknown', /did you mean flower_room\/climate\/temp\?/],
  ] as const)('is refused %s, and changes nothing', (_what, request, setpoint, code, message) => {
    const { service, entries } = openMovedRoom();
    const before = entries().length;
    expect(() => service.move(setpoint, request, { kind: 'user', id: 'anna' })).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(message) }),
    );
    expect(entries()).toHaveLength(before);
  });

  it('is refused while no rules are live, and when the hub is going down', () => {
    const idle = openMovedRoom(null);
    expect(() => idle.service.move(temp, warmer, { kind: 'user', id: 'anna' })).toThrow(
      expect.objectContaining({ code: 'setpoint/unknown' }),
    );
    const { service, entries, pass } = openMovedRoom();
    service.move(temp, warmer, { kind: 'user', id: 'anna' });
    service.close();
    pass(31 * minute);
    service.look();
    expect(() => service.move(temp, warmer, { kind: 'user', id: 'anna' })).toThrow(expect.objectContaining({ code: 'command/draining' }));
    expect(() => service.release(temp, { by: { kind: 'user', id: 'anna' }, reason: null })).toThrow(
      expect.objectContaining({ code: 'command/draining' }),
    );
    expect(entries().filter(({ kind }) => kind === 'offset')).toHaveLength(1);
  });

  it('[SP1] ends by running time, whatever the wall clock does, and announces it two minutes before', () => {
    const { service, entries, view, time, pass } = openMovedRoom();
    service.move(temp, warmer, { kind: 'user', id: 'anna' });
    time.at += 3 * 86_400_000;
    pass(28 * minute - 1000);
    service.look();
    expect(view.alarms()).toEqual([]);
    pass(1000);
    service.look();
    service.look();
    expect(view.alarms()).toMatchObject([
      {
        alarm: `setpoint/${temp}/offset-ends`,
        state: 'active',
        priority: 'P4',
        count: 1,
        locations: ['flower_room'],
        why: { code: 'offset/ending', params: { by: { kind: 'user', id: 'anna' } } },
      },
    ]);
    pass(2 * minute);
    service.look();
    expect(entries().slice(-2)).toMatchObject([
      { kind: 'offset', setpoint: temp, released: true, by: { kind: 'hub' }, why: reasonOf('time/over') },
      { kind: 'alarm', state: 'cleared' },
    ]);
    expect(view.offsets()).toEqual([]);
    const head = view.version;
    service.look();
    expect(view.version).toBe(head);
  });

  it('a newer one ends the older, its warning with it; one of two minutes is warning enough by itself', () => {
    const { service, view, pass, entries } = openMovedRoom();
    service.move(temp, warmer, { kind: 'user', id: 'anna' });
    pass(29 * minute);
    service.look();
    service.move(temp, { ...warmer, delta: -1, forMs: 2 * minute }, { kind: 'user', id: 'ben' });
    service.look();
    expect(view.alarms()).toMatchObject([{ state: 'cleared' }]);
    expect(view.offsets()).toMatchObject([{ delta: -1, by: { kind: 'user', id: 'ben' } }]);
    expect(entries().filter(({ kind }) => kind === 'offset')).toHaveLength(2);
  });

  it('[SP4] is released by whom it may concern, and the one that was meant', () => {
    const { service, view } = openMovedRoom();
    expect(() => service.release(temp, { by: { kind: 'user', id: 'ben' }, reason: null })).toThrow(
      expect.objectContaining({ code: 'offset/unknown' }),
    );
    const older = service.move(temp, warmer, { kind: 'user', id: 'anna' });
    const newer = service.move(temp, { ...warmer, delta: 1 }, { kind: 'user', id: 'ben' });
    expect(() => service.release(temp, { by: { kind: 'user', id: 'anna' }, reason: null, lsn: older.lsn })).toThrow(
      expect.objectContaining({ code: 'offset/newer', message: expect.stringContaining('by ben') }),
    );
    const released = service.release(temp, { by: { kind: 'user', id: 'anna' }, reason: 'warm again', lsn: newer.lsn });
    expect(released).toMatchObject({ isReleased: true, delta: 1, lsn: view.version });
    expect(() => service.release(temp, { by: { kind: 'user', id: 'anna' }, reason: null })).toThrow(
      expect.objectContaining({ code: 'offset/unknown' }),
    );
  });
});

describe('an offset when the rules are switched', () => {
  it('[SP3] stays where the set-point is there again and may still be moved so far', () => {
    const { service, promote, view } = openMovedRoom();
    const status = service.move(temp, warmer, { kind: 'user', id: 'anna' });
    promote(climate('offsets: { temp: "±1.5 K" }', '"26 °C"'));
    service.look();
    expect(view.offsets()).toEqual([status]);
  });

  it.each([
    [
      'has no such set-point',
      climate('', '"24 °C"').replaceAll('flower_room/climate', 'flower_room/weather'),
      'no longer have this set-point',
    ],
    ['lets it be moved less far', climate('offsets: { temp: "±1 K" }'), 'by ±1 K at most, and not by +1.5 K'],
    ['does not let it be moved', climate(''), 'may not be moved; to allow it'],
    [
      'has one of another kind',
      climate('offsets: { temp: "±5 %" }', '"40 %"').replace('sp.temp > degC(25)', 'sp.temp > 25.0'),
      'of another kind with this name',
    ],
  ])('[SP3] is released by the hub, which says why, where the new bundle %s', (_what, text, said) => {
    const { service, promote, entries } = openMovedRoom();
    service.move(temp, warmer, { kind: 'user', id: 'anna' });
    promote(text);
    service.look();
    expect(entries().at(-1)).toMatchObject({ kind: 'offset', released: true, by: { kind: 'hub' }, why: saying(said, 'part') });
  });

  it('is released where the rules are withdrawn', () => {
    const { service, append, entries } = openMovedRoom();
    service.move(temp, warmer, { kind: 'user', id: 'anna' });
    append({ kind: 'bundle', scope: 'flower_room', hash: 'a'.repeat(64), revision: 1, mode: 'withdrawn' });
    service.look();
    expect(entries().at(-1)).toMatchObject({ kind: 'offset', released: true, by: { kind: 'hub' } });
  });
});

describe('an offset after a restart of the hub', () => {
  it('[SP1] stands, however much of the log has been written since, and ends by its time; those before it are known', () => {
    const room = openMovedRoom();
    const { store, service, pass, time } = room;
    service.move(temp, { ...warmer, delta: 1 }, { kind: 'user', id: 'anna' });
    pass(minute);
    service.release(temp, { by: { kind: 'user', id: 'anna' }, reason: null });
    pass(minute);
    const status = service.move(temp, { ...warmer, forMs: 12 * 60 * minute }, { kind: 'user', id: 'anna' });
    const start = () => {
      const started = activateSite({ store, site: roomSite, text: '{}' });
      store.standing.put(started.standing.toStored());
      const view = new HubView({ site: roomSite, revision: 1, clock: store.clock, deviceStates: () => [] });
      started.view(view);
      return view;
    };
    start();
    for (let n = 0; n < 3; n += 1) store.log.append(Array.from({ length: 2500 }, () => ({ kind: 'pulse' as const })));
    start();
    const view = start();
    expect(view.offsets()).toEqual([status]);
    expect(view.pastOffsets()).toEqual([{ setpoint: temp, delta: 1, from: time.at - 2 * minute, to: time.at - minute }]);
    pass(12 * 60 * minute);
    const again = createOffsetService({ store, view, plans: room.plans, toTimeText: String });
    again.look();
    expect(room.entries().at(-1)).toMatchObject({ kind: 'offset', released: true, why: reasonOf('time/over') });
    expect(start().offsets()).toEqual([]);
  });
});
