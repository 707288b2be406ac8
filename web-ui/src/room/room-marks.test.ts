import { textReason, type AlarmStatus, type LocationMark, type LocationMarks, type SiteLayout } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { emptyPanel, type PanelState } from '../state/panel-state.ts';
import { createSiteTime } from '../format/site-time.ts';
import { toMarksNote, toRoomMarks } from './room-marks.ts';

const minute = 60_000;
const now = Date.UTC(2026, 10, 23, 13);
const time = createSiteTime('Europe/Berlin');
const site = {
  locations: [{ id: 'flower_room', title: 'Flower 1' }],
  points: [{ id: 'flower_room/front/temperature', title: 'Temperature' }],
  devices: [{ id: 'flower_room/fan', title: 'Exhaust fan' }],
} as unknown as SiteLayout;
const words = { site, time, now };
const alarm: LocationMark = {
  kind: 'alarm',
  id: 'flower_room/climate/too-hot',
  at: now - 60 * minute,
  until: now - 56 * minute,
  priority: 'P1',
  text: 'too hot',
  why: textReason('too hot'),
  lsn: 5,
};
const note: LocationMark = {
  kind: 'note',
  at: now - 30 * minute,
  until: null,
  text: 'mist',
  by: { kind: 'user', id: 'anna' } as const,
  about: 'flower_room',
  lsn: 9,
};
const page = (marks: readonly LocationMark[], part: Partial<LocationMarks> = {}): LocationMarks => ({
  location: 'flower_room',
  from: now - 240 * minute,
  to: now,
  marks: [...marks],
  isCut: false,
  gaps: [],
  ...part,
});
const status = (part: Partial<AlarmStatus>): AlarmStatus => ({
  alarm: 'flower_room/climate/too-hot',
  state: 'active',
  priority: 'P1',
  why: textReason('too hot'),
  since: now - 10 * minute,
  raised: now - 10 * minute,
  isAcknowledged: false,
  acknowledgedBy: null,
  count: 1,
  lsn: 20,
  ...part,
});
const withAlarms = (...alarms: readonly AlarmStatus[]): PanelState => ({
  ...emptyPanel,
  alarms: new Map(alarms.map((one) => [one.alarm, one])),
});
const texts = (told: LocationMarks | null, state: PanelState = emptyPanel) =>
  toRoomMarks(told, state, 'flower_room', words).map(({ text }) => text);

describe('the marks of a room', () => {
  it('[AL8] says who shelved an alarm and until when, and what people wrote to it; a bare acknowledgement is in the list', () => {
    const action = {
      kind: 'action',
      id: 'flower_room/climate/too-hot',
      until: null,
      by: { kind: 'user', id: 'anna' } as const,
      text: '',
      lsn: 6,
    } as const;
    expect(
      texts(
        page([
          { ...action, action: 'acknowledge', at: now - 59 * minute },
          { ...action, action: 'acknowledge', at: now - 58 * minute, text: 'on my way' },
          { ...action, action: 'shelve', at: now - 50 * minute, until: now + 70 * minute, text: 'defrost' },
          { ...action, action: 'unshelve', at: now - 40 * minute, by: { kind: 'user', id: 'ben' } as const },
          { ...action, action: 'expire', at: now - 30 * minute, by: { kind: 'hub' } },
        ]),
      ),
    ).toEqual([
      'Acknowledged 13:02, anna: on my way (flower room/climate/too-hot)',
      'Shelved 13:10 to 15:10, anna: defrost (flower room/climate/too-hot)',
      'Unshelved 13:20, ben (flower room/climate/too-hot)',
    ]);
  });

  it('say what it was, from when to when, and who wrote what', () => {
    expect(texts(page([alarm, note]))).toEqual(['1 critical: too hot, 13:00 to 13:04 (4 m 0 s)', 'Note 13:30, anna: mist']);
    expect(texts(page([{ ...note, about: 'flower_room/fan', written: now - 5 * minute }]))).toEqual([
      'Note 13:30, anna (written 13:55), Exhaust fan: mist',
    ]);
  });

  it('have the live alarm before the history has it, and not twice when it has', () => {
    const live = withAlarms(status({}));
    expect(texts(page([alarm]), live)).toEqual([
      '1 critical: too hot, 13:00 to 13:04 (4 m 0 s)',
      '1 critical: too hot, since 13:50, active',
    ]);
    expect(texts(page([alarm, { ...alarm, at: now - 10 * minute, until: null }]), live)).toHaveLength(2);
    expect(texts(null, live)).toEqual(['1 critical: too hot, since 13:50, active']);
  });

  it('an alarm that was active when they were read has ended when the live one did', () => {
    const read = page([{ ...alarm, at: now - 10 * minute, until: null }]);
    expect(texts(read, withAlarms(status({ state: 'cleared', since: now - minute })))).toEqual([
      '1 critical: too hot, 13:50 to 13:59 (9 m 0 s)',
    ]);
    expect(texts(read, withAlarms(status({ raised: now - 2 * minute, since: now - 2 * minute })))[0]).toContain('13:50 to 13:58');
  });

  it('hold those of a bus that feeds the room, and none of another room', () => {
    const bus = status({
      alarm: 'bus/simulator',
      why: textReason('bus simulator does not answer'),
      locations: ['cold_store', 'flower_room'],
    });
    expect(texts(page([]), withAlarms(bus, status({ alarm: 'cold_store/climate/too-warm' })))).toEqual([
      '1 critical: bus simulator does not answer, since 13:50, active',
    ]);
  });
});

describe('what is said of all marks', () => {
  const stretch = { from: now - 240 * minute, to: now, isHeard: true };
  const say = (value: LocationMarks | null, fault: string | null, shown: number, isHeard = true) =>
    toMarksNote({ value, fault }, shown, { ...stretch, isHeard }, { time, now });

  it.each([
    ['being read', null, null, 0, true, 'Loading alarms and notes.'],
    ['not read without a link', null, null, 0, false, 'Alarms and notes not available: no link.'],
    ['failed', null, 'the history cannot be read now', 0, true, 'Alarms and notes could not be read: the history cannot be read now.'],
    ['none', page([]), null, 0, true, 'No alarms and no notes in this window.'],
    ['some', page([alarm]), null, 1, true, ''],
    ['cut', page([alarm], { isCut: true }), null, 1, true, 'There are more than 500; only the newest are shown.'],
    ['of before a cut', page([alarm]), null, 1, false, 'As of 14:00: no link to the hub.'],
  ])('%s', (_what, value, fault, shown, isHeard, text) => expect(say(value, fault, shown, isHeard)).toBe(text));

  it('names the times in which nobody listened', () => {
    const gaps = [{ from: now - 300 * minute, to: now - 180 * minute, why: textReason('the hub was not running') }];
    expect(say(page([alarm], { gaps }), null, 1)).toBe('Not known 10:00 to 11:00: the hub was not running.');
  });
});
