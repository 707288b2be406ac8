import { Phase, textReason, type DeviceLayout, type DeviceState } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { createSiteTime } from '../format/site-time.ts';
import { toDeviceView } from './device-view.ts';
import { toRoomSentence } from './room-sentence.ts';

const at = Date.UTC(2026, 10, 23, 13, 5, 15);
const moment = { at, time: createSiteTime('Europe/Berlin') };
const layout: DeviceLayout = {
  id: 'flower_room/heater',
  kind: 'switch',
  title: 'Heater',
  power: 2000,
  failSafe: { afterMs: 10_000, value: false },
  limits: { maxOverrideMs: 86_400_000 },
};
const state: DeviceState = {
  id: layout.id,
  requested: true,
  written: true,
  confirmed: true,
  phase: 'confirmed',
  by: { kind: 'node', id: 'automation-1' } as const,
  why: textReason('night below 18 °C for 90 s'),
  since: at - 250_000,
  lsn: 12,
};
const view = (part: Partial<DeviceState>) => toDeviceView(layout, { ...state, ...part }, moment);

describe('device view', () => {
  it('[DE8] what is shown is what was read back, in every phase', () => {
    for (const phase of [...Phase.enum, null]) {
      const shown = phase === 'discrepancy' ? 'off (should be on)' : 'off';
      expect(view({ phase, requested: true, written: true, confirmed: false })).toMatchObject({ shown, fill: 'off', confirmed: 'off' });
      expect(view({ phase, requested: true, written: true, confirmed: null })).toMatchObject({ shown: 'not known', fill: 'unknown' });
    }
  });

  it('[DE8] what was read back is said to be proven only where there is run feedback', () => {
    const standing = (isProven: boolean | null, phase: 'confirmed' | 'written' = 'confirmed') =>
      toDeviceView(layout, { ...state, phase }, moment, undefined, { feedback: { isProven, title: 'Current', withinMs: 5000 } }).standing;
    expect(view({}).standing).toBe('confirmed');
    expect(standing(true)).toBe('confirmed and proven');
    expect(standing(false)).toBe('confirmed, not proven');
    expect(standing(null)).toBe('confirmed, not proven');
    expect(standing(true, 'written')).not.toContain('proven');
  });

  it('shows a request and a write as such', () => {
    expect(view({ phase: 'requested', confirmed: false, since: at - 100 })).toMatchObject({
      standing: 'on requested, not written yet',
      tone: 'waiting',
    });
    expect(view({ phase: 'written', confirmed: false, since: at - 100 })).toMatchObject({
      standing: 'on written, not confirmed yet',
      tone: 'waiting',
    });
  });

  it('a write without a read-back is abnormal after five seconds', () => {
    expect(view({ phase: 'written', confirmed: false, since: at - 5001 })).toMatchObject({
      standing: 'on written, not confirmed after 5 s',
      tone: 'abnormal',
    });
  });

  it('held says until when', () => {
    expect(view({ phase: 'held', confirmed: false, until: at + 50_000 }).standing).toBe('on requested, held until 14:06');
  });

  it('a device that reports something else than was written is shown with both values', () => {
    expect(view({ phase: 'discrepancy', confirmed: false })).toMatchObject({
      standing: 'discrepancy: on written, off read back',
      tone: 'abnormal',
      shown: 'off (should be on)',
    });
  });

  it('shows a request that differs from the confirmed value', () => {
    expect(view({ phase: 'confirmed', requested: false, confirmed: true }).standing).toBe('confirmed, off requested');
  });

  it('says when it switched and how long ago', () => {
    expect(view({}).since).toBe('14:01, 4 m 10 s ago');
  });

  const viewOf = (part: Partial<DeviceLayout>, of: Partial<DeviceState>) =>
    toDeviceView({ ...layout, ...part }, { ...state, ...of }, moment);

  it('a percentage is a number with its unit and has a fill of its own', () => {
    expect(viewOf({ kind: 'percent' }, { confirmed: 40, requested: 40, written: 40 })).toMatchObject({ shown: '40 %', fill: 'partly' });
    expect(viewOf({ kind: 'percent' }, { confirmed: 0 }).fill).toBe('off');
  });

  it('a set-point has the unit of its quantity and the decimals of its steps, a mode its name', () => {
    const ac = { kind: 'setpoint', quantity: 'temperature', range: { min: 16, max: 30 }, step: 0.5 } as const;
    expect(viewOf(ac, { confirmed: 22.5, requested: 22.5, written: 22.5 })).toMatchObject({ shown: '22.5 °C', standing: 'confirmed' });
    const modes = [
      { name: 'off', raw: 0 },
      { name: 'heat', raw: 1 },
    ];
    expect(viewOf({ kind: 'mode', modes }, { confirmed: 'heat', requested: 'heat', written: 'heat' })).toMatchObject({
      shown: 'heat',
      fill: 'on',
    });
    expect(viewOf({ kind: 'mode', modes }, { confirmed: 'off', requested: 'off', written: 'off' }).fill).toBe('off');
  });

  it('a device that follows says how far it has come, for as long as it may take', () => {
    const drive = { kind: 'percent', limits: { maxOverrideMs: 86_400_000, settleMs: 60_000 } } as const;
    const following = { phase: 'written', requested: 50, written: 50, confirmed: 34 } as const;
    expect(viewOf(drive, { ...following, since: at - 20_000 })).toMatchObject({ standing: 'following, 34 % of 50 %', tone: 'waiting' });
    expect(viewOf(drive, { ...following, since: at - 70_000 })).toMatchObject({ tone: 'abnormal' });
  });
});

describe('room sentence', () => {
  const fan: DeviceLayout = { ...layout, id: 'flower_room/fan', title: 'Exhaust fan' };

  it('shows the newest switch with its reason', () => {
    const sentence = toRoomSentence(
      [
        { layout, state },
        { layout: fan, state: { ...state, id: fan.id, since: at - 900_000, why: textReason('old news') } },
      ],
      moment,
    );
    expect(sentence).toBe('14:01 Heater on, confirmed — night below 18 °C for 90 s');
  });

  it('reports the device that somebody should look at first', () => {
    const sentence = toRoomSentence(
      [
        { layout, state },
        { layout: fan, state: { ...state, id: fan.id, phase: 'discrepancy', confirmed: false, since: at - 900_000, why: null } },
      ],
      moment,
    );
    expect(sentence).toBe('13:50 Exhaust fan discrepancy: on written, off read back');
  });

  it('shows when nothing has been switched', () => {
    expect(toRoomSentence([{ layout, state: undefined }], moment)).toBe('No device has switched yet.');
    expect(toRoomSentence([], moment)).toBe('No devices in this room.');
  });
});
