import { isAlarmOver, type AlarmStatus } from '@phloem/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openNight, type Night } from './night.ts';
import { script, toInstant, toTime } from './night-script.ts';

const [from, to] = ['20:00', '07:00'];
const hours = (toInstant(to) - toInstant(from)) / 3_600_000;
const pollEveryMs = 10_000;
const minutes = 60_000;

/** A line of the morning's list: priority, id, raised, cleared, how often where more than once, and what is folded under it. */
const toLine = (status: AlarmStatus, all: readonly AlarmStatus[]): string => {
  const { alarm, priority, raised, since, state, count } = status;
  const cleared = state === 'cleared' ? toTime(since) : 'active';
  const folded = all.filter(({ parent }) => parent === alarm).length;
  return [priority, alarm, toTime(raised), cleared, ...(count > 1 ? [`×${count}`] : []), ...(folded > 0 ? [`+${folded}`] : [])].join(' ');
};

describe('a night with a welded heater, a dead gateway, an open door and an override', () => {
  let night: Night;
  /** The active lines that the list showed, each time it was looked at. */
  const looks: { readonly at: number; readonly shown: readonly string[] }[] = [];
  const fans = new Map<string, unknown>();

  beforeAll(async () => {
    night = await openNight(toInstant(from), 1);
    const happenings = [...script];
    for (let at = toInstant(from); at <= toInstant(to); at += pollEveryMs) {
      await night.runTo(at);
      const alarms = night.hub.view.alarms();
      const open = alarms.filter(({ state, parent }) => state !== 'cleared' && parent === undefined);
      looks.push({ at, shown: open.map(({ alarm }) => alarm) });
      fans.set(toTime(at), night.hub.gate.states().find(({ id }) => id === 'flower_room/exhaust_fan')?.confirmed);
      for (let next = happenings[0]; next !== undefined && toInstant(next.at) <= at; next = happenings[0]) {
        happenings.shift();
        next.happen(night);
      }
    }
  }, 20 * minutes);
  afterAll(async () => night.stop());

  it('lists these alarms in the morning, line by line', () => {
    const all = night.hub.view.alarms();
    const lines = all
      .filter(({ parent }) => parent === undefined)
      .toSorted((a, b) => a.raised - b.raised)
      .map((status) => toLine(status, all));
    expect(lines).toEqual([
      'P2 device/flower_room/heater/discrepancy 02:11 02:40',
      'P2 bus/simulator 03:00 03:20 +24',
      // What the rooms did without control is true when they are read again: nobody may miss it.
      'P2 propagation/climate/temp/low 03:20 03:23',
      'P2 flower_room/climate/vpd/low 03:20 03:22',
      'P2 flower_room/climate/temp/low 03:20 03:23',
      'P3 cold_store/door-open 04:05 04:40',
      'P4 device/flower_room/exhaust_fan/override-ends 05:43 05:45',
    ]);
  });

  it('names the dead gateway as the cause of all that came from it', () => {
    const folded = night.hub.view.alarms().filter(({ parent }) => parent === 'bus/simulator');
    expect(folded.map(({ priority, alarm }) => `${priority} ${alarm}`).toSorted()).toEqual([
      'P2 device/flower_room/co2_valve/silent',
      'P2 device/flower_room/dehumidifier_1/silent',
      'P2 device/flower_room/dehumidifier_2/silent',
      'P2 device/flower_room/exhaust_fan/silent',
      'P2 device/flower_room/heater/silent',
      'P2 device/flower_room/lights/silent',
      'P2 device/propagation/fogger/silent',
      'P2 device/propagation/heater/silent',
      'P2 device/propagation/lights/silent',
      'P2 device/propagation/refill_valve/silent',
      'P2 device/propagation/vent/silent',
      'P2 flower_room/heat/unknown',
      'P2 propagation/heat/unknown',
      'P3 flower_room/climate/co2/unknown',
      'P3 flower_room/climate/temp/unknown',
      'P3 flower_room/climate/vpd/unknown',
      'P3 flower_room/co2/unknown',
      'P3 flower_room/dehumidify/unknown',
      'P3 flower_room/door-open/unknown',
      'P3 flower_room/lights-protect/unknown',
      'P3 propagation/climate/temp/unknown',
      'P3 propagation/climate/vpd/unknown',
      'P3 propagation/fog/unknown',
      'P3 propagation/refill/unknown',
    ]);
    expect(folded.filter(({ count, state }) => count !== 1 || state !== 'cleared')).toEqual([]);
  });

  it('shows one line while the gateway is dead', () => {
    const during = looks.filter(({ at }) => at >= toInstant('03:01') && at <= toInstant('03:20'));
    expect(new Set(during.map(({ shown }) => shown.join(' ')))).toEqual(new Set(['bus/simulator']));
  });

  it('raises at most six alarms an hour', () => {
    const all = night.hub.view.alarms();
    const raised = all.filter(({ parent }) => parent === undefined).reduce((sum, { count }) => sum + count, 0);
    expect(raised / hours).toBeLessThanOrEqual(6);
  });

  it('leaves no alarm active, and waits for somebody to see the rest', () => {
    const all = night.hub.view.alarms();
    expect(all.filter(({ state }) => state !== 'cleared')).toEqual([]);
    expect(all.filter((status) => isAlarmOver(status)).map(({ alarm }) => alarm)).toEqual(['device/flower_room/exhaust_fan/override-ends']);
  });

  it('obeys the operator, and then the rules again', () => {
    expect([fans.get('04:59'), fans.get('05:01'), fans.get('05:44'), fans.get('05:46')]).toEqual([20, 60, 60, 20]);
  });
});
