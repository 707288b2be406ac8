import { textReason, createTimeZone, type AlarmStatus } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { createSiteTime } from '../format/site-time.ts';
import { filterAlarms, isFiltering, parseAlarmFilter, toAlarmGroups, withAlarmFilter } from './alarm-filter.ts';
import { keepShown, noSelection, stepSelection, toShelving, toSubject, type SelectionEvent } from './alarm-selection.ts';
import { toAlarmsView, type AlarmLine } from './alarm-view.ts';
import { toChatterText, toRemark, toStateText } from './alarm-words.ts';
import { emptyShelveForm, toMorning, toShelveAnswer, toShelveEnds } from './shelve-form.ts';

const at = Date.UTC(2026, 10, 23, 13, 0, 0);
const zone = createTimeZone('Europe/Berlin');
const site = { locations: ['flower_room', 'cold_store'].map((id) => ({ id, title: id.replace('_', ' ') })), points: [], devices: [] };
const layout = { ...site, hash: '', revision: 1, title: '', timeZone: 'Europe/Berlin', isDemonstration: false };
const alarm = (name: string, part: Partial<AlarmStatus> = {}): AlarmStatus => ({
  alarm: name,
  state: 'active',
  priority: 'P2',
  why: textReason('too warm'),
  since: at - 60_000,
  raised: at - 60_000,
  isAcknowledged: false,
  acknowledgedBy: null,
  count: 1,
  lsn: 1,
  ...part,
});
const shelved = { by: { kind: 'user', id: 'anna' } as const, reason: 'defrost', since: at, until: at + 3_600_000, untilUp: 1 };
const toLines = (...alarms: readonly AlarmStatus[]): readonly AlarmLine[] => {
  const view = toAlarmsView(alarms, layout, at, createSiteTime('Europe/Berlin'));
  return [...view.lines, ...view.returned, ...view.shelved];
};
const lines = toLines(
  alarm('flower_room/climate/high'),
  alarm('cold_store/door', { priority: 'P1', why: textReason('door open') }),
  alarm('cold_store/warm', { state: 'cleared', since: at - 30_000 }),
  alarm('bus/line', { shelved }),
);
const shownBy = (search: string): readonly string[] =>
  filterAlarms(lines, parseAlarmFilter(search))
    .map(({ alarm: name }) => name)
    .toSorted();

describe('the filter of the list', () => {
  it.each([
    ['', ['bus/line', 'cold_store/door', 'cold_store/warm', 'flower_room/climate/high']],
    ['?priority=P1', ['cold_store/door']],
    ['?priority=P1,P2&room=cold_store', ['cold_store/door', 'cold_store/warm']],
    ['?state=returned', ['cold_store/warm']],
    ['?state=shelved', ['bus/line']],
    ['?text=WARM%20cold', ['cold_store/warm']],
    ['?text=defrost', ['bus/line']],
    ['?text=nothing', []],
    ['?state=gone&priority=P9', ['bus/line', 'cold_store/door', 'cold_store/warm', 'flower_room/climate/high']],
  ])('%s', (search, names) => expect(shownBy(search)).toEqual(names));

  it('is in the address, beside what else is there, and leaves nothing behind', () => {
    const filter = { priorities: ['P1', 'P3'], state: 'shelved', room: 'flower_room', text: 'too warm' } as const;
    const query = withAlarmFilter('?point=room/a/t', filter);
    expect(query).toBe('point=room/a/t&priority=P1,P3&state=shelved&room=flower_room&text=too+warm');
    expect(parseAlarmFilter(`?${query}`)).toEqual(filter);
    expect(isFiltering(filter)).toBe(true);
    const none = { priorities: [], state: null, room: null, text: '' };
    expect(withAlarmFilter(`?${query}`, none)).toBe('point=room/a/t');
    expect(isFiltering(none)).toBe(false);
  });
});

describe('a selection', () => {
  const order = ['a', 'b', 'c', 'd', 'e'];
  const play = (...events: readonly SelectionEvent[]): readonly string[] => keepShown(events.reduce(stepSelection, noSelection), order);

  it.each([
    [
      'one by one',
      [
        { kind: 'toggle', alarm: 'c' },
        { kind: 'toggle', alarm: 'a' },
      ],
      ['a', 'c'],
    ],
    [
      'taken back',
      [
        { kind: 'toggle', alarm: 'c' },
        { kind: 'toggle', alarm: 'c' },
      ],
      [],
    ],
    [
      'a range down',
      [
        { kind: 'toggle', alarm: 'b' },
        { kind: 'range', alarm: 'd', order },
      ],
      ['b', 'c', 'd'],
    ],
    [
      'a range up',
      [
        { kind: 'toggle', alarm: 'd' },
        { kind: 'range', alarm: 'b', order },
      ],
      ['b', 'c', 'd'],
    ],
    ['a range without a beginning', [{ kind: 'range', alarm: 'b', order }], ['b']],
    [
      'a range whose beginning is not shown',
      [
        { kind: 'toggle', alarm: 'z' },
        { kind: 'range', alarm: 'b', order },
      ],
      ['b'],
    ],
    [
      'a group',
      [
        { kind: 'toggle', alarm: 'a' },
        { kind: 'group', alarms: ['a', 'b'] },
      ],
      ['a', 'b'],
    ],
    [
      'a group twice',
      [
        { kind: 'group', alarms: ['a', 'b'] },
        { kind: 'group', alarms: ['a', 'b'] },
      ],
      [],
    ],
    ['cleared', [{ kind: 'toggle', alarm: 'a' }, { kind: 'clear' }], []],
  ] satisfies readonly (readonly [string, readonly SelectionEvent[], readonly string[]])[])('%s', (_how, events, alarms) => {
    expect(play(...events)).toEqual(alarms);
  });

  it('leaves out what is not shown any more', () => {
    expect(keepShown({ alarms: ['a', 'b'], anchor: null }, ['b', 'c'])).toEqual(['b']);
  });
});

describe('what is acted on', () => {
  const named = (name: string): readonly AlarmLine[] => lines.filter((line) => line.alarm === name);

  it('is the selection, or else the alarm in focus', () => {
    expect(toSubject(lines, named('cold_store/door'), 'bus/line')).toEqual(named('cold_store/door'));
    expect(toSubject(lines, [], 'bus/line')).toEqual(named('bus/line'));
    expect(toSubject(lines, [], null)).toEqual([]);
  });

  it('is shelved where one of the alarms may be, with the reason that all of them suggest', () => {
    const chattering = toLines(alarm('a', { count: 9 }), alarm('b', { count: 9 }));
    expect(toShelving(chattering)).toEqual({ lines: chattering, chip: 'chattering' });
    const mixed = toLines(alarm('a', { count: 9 }), alarm('b'));
    expect(toShelving(mixed)?.chip).toBe('');
    expect(toShelving([])).toBeNull();
    expect(toShelving(mixed.map((line) => ({ ...line, isShelvable: false })))).toBeNull();
  });

  it('stands in groups, those that need a person first', () => {
    expect(toAlarmGroups(lines).map(({ group, lines: own }) => [group, own.map(({ alarm: name }) => name)])).toEqual([
      ['unacknowledged', ['cold_store/door', 'flower_room/climate/high']],
      ['returned', ['cold_store/warm']],
      ['shelved', ['bus/line']],
    ]);
  });
});

describe('the form of a shelving', () => {
  it('ends in the morning at 07:00 of the site', () => {
    expect(new Date(toMorning(zone, at)).toISOString()).toBe('2026-11-24T06:00:00.000Z');
    expect(new Date(toMorning(zone, Date.UTC(2026, 10, 23, 5, 59))).toISOString()).toBe('2026-11-23T06:00:00.000Z');
    expect(new Date(toMorning(zone, Date.UTC(2026, 10, 23, 6, 0))).toISOString()).toBe('2026-11-24T06:00:00.000Z');
    // The clocks go back in the night before 25 October 2026.
    expect(new Date(toMorning(zone, Date.UTC(2026, 9, 24, 20, 0))).toISOString()).toBe('2026-10-25T06:00:00.000Z');
  });

  it('offers no end that the hub would refuse', () => {
    const endsAt = (now: number) => toShelveEnds(zone, now).map(({ end }) => end);
    expect(endsAt(at)).toEqual(['15m', '1h', '4h', 'morning', '24h']);
    // 24.5 h to the next morning over the change of the clocks, and half a minute to this one.
    expect(endsAt(Date.UTC(2026, 9, 24, 5, 30))).not.toContain('morning');
    expect(endsAt(Date.UTC(2026, 10, 23, 5, 59, 30))).not.toContain('morning');
    for (const { at: end } of toShelveEnds(zone, at)) expect(end - at).toBeLessThanOrEqual(86_400_000);
  });

  it('asks for a reason, of its own or in words', () => {
    expect(toShelveAnswer(emptyShelveForm, zone, at)).toEqual({ request: null, missing: 'Give a reason.' });
    expect(toShelveAnswer({ end: '4h', chip: 'maintenance', note: ' valve ' }, zone, at).request).toEqual({
      forMs: 4 * 3_600_000,
      reason: 'maintenance: valve',
    });
    expect(toShelveAnswer({ end: 'morning', chip: '', note: 'x' }, zone, at).request?.forMs).toBe(17 * 3_600_000 + 1000);
  });
});

describe('the words of a row', () => {
  const [first] = lines;
  const line = (part: Partial<AlarmStatus>): AlarmLine => {
    const [own] = toLines(alarm('flower_room/high', part));
    if (own === undefined) throw new Error('the alarm is over');
    return own;
  };

  it('say by ISA-18.2 how it stands, and who wrote what', () => {
    expect(toStateText(line({}))).toBe('active');
    const seen = line({ state: 'acknowledged', isAcknowledged: true, acknowledgedBy: { kind: 'user', id: 'ben' }, comment: 'on my way' });
    expect([toStateText(seen), toRemark(seen)]).toEqual(['acknowledged by ben', 'ben: on my way']);
    expect(toStateText(line({ state: 'cleared', since: at - 30_000 }))).toBe('returned to normal 13:59');
    const hidden = line({ shelved });
    expect([toStateText(hidden), toRemark(hidden)]).toEqual(['shelved until 15:00 by anna, active', 'anna: defrost']);
    expect(toStateText(line({ shelved, state: 'cleared', isAcknowledged: true, since: at }))).toBe(
      'shelved until 15:00 by anna, returned to normal 14:00',
    );
  });

  it('propose to shelve an alarm that chatters, unless it must not be or is', () => {
    expect(first === undefined ? 'none' : toChatterText(first)).toBe('');
    expect(toChatterText(line({ count: 5 }))).toBe('It became active 5 times. Shelve it until the cause is found.');
    expect(toChatterText(line({ count: 5, shelved }))).toBe('');
    expect(toChatterText(line({ count: 5, isShelvable: false }))).toBe('');
  });
});
