import { Phase, type DeviceLayout, type DeviceState } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { createSiteTime } from '../words/site-time.ts';
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
  wished: true,
  written: true,
  confirmed: true,
  phase: 'confirmed',
  by: 'rule:flower_room/heat',
  why: 'night below 18 °C for 90 s',
  since: at - 250_000,
  lsn: 12,
};
const view = (part: Partial<DeviceState>) => toDeviceView(layout, { ...state, ...part }, moment);

describe('device view', () => {
  it('[DE8] what is shown is what was read back, in every phase', () => {
    for (const phase of [...Phase.enum, null]) {
      expect(view({ phase, wished: true, written: true, confirmed: false })).toMatchObject({ shown: 'off', fill: 'off', confirmed: 'off' });
      expect(view({ phase, wished: true, written: true, confirmed: null })).toMatchObject({ shown: 'not known', fill: 'unknown' });
    }
  });

  it('[DE8] what was read back is said to be proven only where its effect is felt', () => {
    const standing = (isProven: boolean | null, phase: 'confirmed' | 'written' = 'confirmed') =>
      toDeviceView(layout, { ...state, phase }, moment, undefined, { felt: { isProven, title: 'Current', withinMs: 5000 } }).standing;
    expect(view({}).standing).toBe('confirmed');
    expect(standing(true)).toBe('confirmed and proven');
    expect(standing(false)).toBe('confirmed, not proven');
    expect(standing(null)).toBe('confirmed, not proven');
    expect(standing(true, 'written')).not.toContain('proven');
  });

  it('a wish and a write are said as such', () => {
    expect(view({ phase: 'wished', confirmed: false, since: at - 100 })).toMatchObject({
      standing: 'on wished, not written yet',
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
    expect(view({ phase: 'held', confirmed: false, until: at + 50_000 }).standing).toBe('on wished, held until 14:06');
  });

  it('a device that reports something else than was written is told in both words', () => {
    expect(view({ phase: 'diverged', confirmed: false })).toMatchObject({
      standing: 'diverged: on written, off read back',
      tone: 'abnormal',
      shown: 'off',
    });
  });

  it('confirmed by a read-back that is not what is wished does not hide the wish', () => {
    expect(view({ phase: 'confirmed', wished: false, confirmed: true }).standing).toBe('confirmed, off wished');
  });

  it('says when it switched and how long ago', () => {
    expect(view({}).since).toBe('14:01, 4 m 10 s ago');
  });

  it('a percentage is a number with its unit and has a fill of its own', () => {
    expect(view({ confirmed: 40, wished: 40, written: 40 })).toMatchObject({ shown: '40 %', fill: 'partly' });
    expect(view({ confirmed: 0 }).fill).toBe('off');
  });
});

describe('room sentence', () => {
  const fan: DeviceLayout = { ...layout, id: 'flower_room/fan', title: 'Exhaust fan' };

  it('tells the newest switch with its reason', () => {
    const sentence = toRoomSentence(
      [
        { layout, state },
        { layout: fan, state: { ...state, id: fan.id, since: at - 900_000, why: 'old news' } },
      ],
      moment,
    );
    expect(sentence).toBe('14:01 Heater on, confirmed — night below 18 °C for 90 s');
  });

  it('tells of the device that somebody should look at first', () => {
    const sentence = toRoomSentence(
      [
        { layout, state },
        { layout: fan, state: { ...state, id: fan.id, phase: 'diverged', confirmed: false, since: at - 900_000, why: null } },
      ],
      moment,
    );
    expect(sentence).toBe('13:50 Exhaust fan diverged: on written, off read back');
  });

  it('says so when nothing has been switched', () => {
    expect(toRoomSentence([{ layout, state: undefined }], moment)).toBe('Nothing has been switched yet.');
    expect(toRoomSentence([], moment)).toBe('Nothing here is switched.');
  });
});
