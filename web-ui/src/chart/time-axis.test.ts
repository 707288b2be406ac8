import { describe, expect, it } from 'vitest';
import { createSiteZone } from '../format/site-zone.ts';
import { toTicks } from './time-axis.ts';

const hour = 3_600_000;
const axis = (timeZone: string, from: number, to: number, mostTicks: number) => {
  const date = new Intl.DateTimeFormat('en-GB', { timeZone, day: 'numeric', month: 'short' });
  return toTicks({ from, to, mostTicks, zone: createSiteZone(timeZone), toDate: (at) => date.format(at) });
};
const labels = (ticks: ReturnType<typeof axis>): readonly string[] => ticks.map(({ label }) => label);

describe('offset of a zone', () => {
  it.each([
    ['Europe/Berlin', Date.UTC(2026, 0, 1), 1],
    ['Europe/Berlin', Date.UTC(2026, 6, 1), 2],
    ['Asia/Kathmandu', Date.UTC(2026, 0, 1), 5.75],
    ['America/St_Johns', Date.UTC(2026, 0, 1), -3.5],
    ['UTC', Date.UTC(2026, 0, 1), 0],
    ['Mars/Olympus', Date.UTC(2026, 0, 1), 0],
  ] as const)('%s at %i is %f h', (zone, at, hours) => expect(createSiteZone(zone).offsetMsAt(at)).toBe(hours * hour));

  it('changes at the minute of the change', () => {
    const { offsetMsAt } = createSiteZone('Europe/Berlin');
    const change = Date.UTC(2026, 9, 25, 1);
    expect([offsetMsAt(change - 1), offsetMsAt(change)]).toEqual([2 * hour, hour]);
  });
});

describe('time axis', () => {
  it('a day of 23 hours has no mark for the hour that is missing', () => {
    const from = Date.UTC(2026, 2, 28, 23); // midnight in Berlin, 29 March
    const ticks = axis('Europe/Berlin', from, from + 23 * hour, 24);
    expect(labels(ticks)).toEqual([
      '29 Mar',
      '01:00',
      ...Array.from({ length: 21 }, (_, index) => `${String(index + 3).padStart(2, '0')}:00`),
      '30 Mar',
    ]);
    expect(ticks[2]?.at).toBe(from + 2 * hour);
  });

  it('a day of 25 hours marks the hour that comes twice twice', () => {
    const from = Date.UTC(2026, 9, 24, 22); // midnight in Berlin, 25 October
    const ticks = axis('Europe/Berlin', from, from + 25 * hour, 26);
    expect(ticks).toHaveLength(26);
    expect(labels(ticks).slice(0, 5)).toEqual(['25 Oct', '01:00', '02:00', '02:00', '03:00']);
    expect(ticks.every(({ at }, index) => at === from + index * hour)).toBe(true);
    expect(ticks.at(-1)).toMatchObject({ label: '26 Oct', isDay: true });
  });

  it('wider steps stay at round times of the site on both sides of the change', () => {
    const from = Date.UTC(2026, 9, 24, 22);
    expect(labels(axis('Europe/Berlin', from, from + 25 * hour, 9))).toEqual([
      '25 Oct',
      '03:00',
      '06:00',
      '09:00',
      '12:00',
      '15:00',
      '18:00',
      '21:00',
      '26 Oct',
    ]);
  });

  it('days are marked at midnight of the site, also over a change of the clock', () => {
    const from = Date.UTC(2026, 9, 22, 12);
    const ticks = axis('Europe/Berlin', from, from + 7 * 24 * hour, 8);
    expect(labels(ticks)).toEqual(['23 Oct', '24 Oct', '25 Oct', '26 Oct', '27 Oct', '28 Oct', '29 Oct']);
    const [, , before, after] = ticks;
    expect((after?.at ?? 0) - (before?.at ?? 0)).toBe(25 * hour);
  });

  it('reads a zone that is 5 h 45 m ahead at its own round hours', () => {
    const from = Date.UTC(2026, 0, 1, 0, 0);
    const ticks = axis('Asia/Kathmandu', from, from + 4 * hour, 6);
    expect(labels(ticks)).toEqual(['06:00', '07:00', '08:00', '09:00']);
    expect(ticks[0]?.at).toBe(from + hour / 4);
  });

  it('a day without a midnight begins where the clock is put forward', () => {
    const from = Date.UTC(2026, 8, 5, 12); // Chile goes from 24:00 on 5 September to 01:00
    const ticks = axis('America/Santiago', from, from + 48 * hour, 3);
    expect(ticks.map(({ label, isDay }) => [label, isDay])).toEqual([
      ['6 Sept', true],
      ['7 Sept', true],
    ]);
    expect(ticks[0]?.at).toBe(Date.UTC(2026, 8, 6, 4));
  });

  it.each([1, 3, 8, 20])('never makes more than %i marks, within the stretch', (mostTicks) => {
    for (const span of [5 * 60_000, hour, 4 * hour, 36 * hour, 24 * 7 * hour]) {
      const from = Date.UTC(2026, 10, 23, 13, 7, 31);
      const ticks = axis('Europe/Berlin', from, from + span, mostTicks);
      expect(ticks.length).toBeLessThanOrEqual(mostTicks + 1);
      expect(ticks.every(({ at }) => at >= from && at <= from + span)).toBe(true);
    }
  });
});
