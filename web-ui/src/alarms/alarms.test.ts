import { textReason, type AlarmStatus } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { createSiteTime } from '../format/site-time.ts';
import { toAlarmsView } from './alarm-view.ts';

const at = Date.UTC(2026, 10, 23, 13, 0, 0);
const alarm = (part: Partial<AlarmStatus> = {}): AlarmStatus => ({
  alarm: 'a',
  state: 'active',
  priority: 'P2',
  why: textReason('too hot'),
  since: at - 60_000,
  raised: at - 60_000,
  isAcknowledged: false,
  acknowledgedBy: null,
  count: 1,
  lsn: 1,
  ...part,
});
const utc = createSiteTime('UTC');
const view = (alarms: readonly AlarmStatus[]) => toAlarmsView(alarms, null, at, createSiteTime('Europe/Berlin'));

describe('alarms', () => {
  it('an alarm that went before anybody saw it stays to be seen', () => {
    const gone = view([alarm({ state: 'cleared', since: at - 5000 })]);
    expect(gone.lines).toEqual([]);
    expect(gone.returned[0]).toMatchObject({ group: 'returned', time: '13:59', cleared: '13:59' });
    expect(gone.counts.P2).toBe(1);
    expect(gone.worstUnacknowledged).toBe('P2');
    // From its onset to its end, and not to now.
    expect(gone.returned[0]?.age).toBe('55 s');
  });

  it('shows what comes from one cause with that cause, and counts it once', () => {
    const { lines, counts } = view([
      alarm({ alarm: 'bus/line' }),
      alarm({ alarm: 'bus/line/unit/4', parent: 'bus/line', why: textReason('unit 4 does not answer') }),
      alarm({ alarm: 'device/room/fan/silent', parent: 'bus/line', why: textReason('is silent') }),
      alarm({ alarm: 'other', parent: 'gone' }),
    ]);
    expect(lines.map(({ alarm: id, folded }) => [id, folded])).toEqual([
      ['bus/line', ['unit 4 does not answer', 'is silent']],
      ['other', []],
    ]);
    expect(counts.P2).toBe(2);
  });

  it('one that somebody saw is over when it goes', () => {
    expect(view([alarm({ state: 'cleared', isAcknowledged: true })]).returned).toEqual([]);
  });

  it('who needs somebody comes first: by priority, then not yet seen, then newest', () => {
    const order = view([
      alarm({ alarm: 'seen', state: 'acknowledged', isAcknowledged: true, acknowledgedBy: { kind: 'user', id: 'anna' } }),
      alarm({ alarm: 'old', raised: at - 90_000 }),
      alarm({ alarm: 'new' }),
      alarm({ alarm: 'worst', priority: 'P1', raised: at - 999_000 }),
    ]);
    expect(order.lines.map((line) => line.alarm)).toEqual(['worst', 'new', 'old', 'seen']);
    expect(order.lines[3]).toMatchObject({ group: 'acknowledged', acknowledgedBy: 'anna' });
    // The acknowledged one is in the list, and is not counted.
    expect(order.counts).toMatchObject({ P1: 1, P2: 2 });
    expect(order.worstUnacknowledged).toBe('P1');
  });

  it('[AL7] one that is shelved is in the list with its end, and is counted nowhere', () => {
    const shelved = { by: { kind: 'user', id: 'anna' } as const, reason: 'defrost', since: at, until: at + 7_260_000, untilUp: 1 };
    const {
      lines,
      returned,
      counts,
      shelved: listed,
    } = view([alarm({ shelved, priority: 'P1' }), alarm({ alarm: 'over', state: 'cleared', isAcknowledged: true, shelved })]);
    expect([lines, returned, counts.P1]).toEqual([[], [], 0]);
    expect(listed.map((line) => [line.alarm, line.group, line.isActive])).toEqual([
      ['a', 'shelved', true],
      ['over', 'shelved', false],
    ]);
    expect(listed[0]?.shelved).toEqual({ by: 'anna', reason: 'defrost', until: '16:01', left: '2 h 1 m' });
  });

  it('says since when it has been quiet', () => {
    const quiet = view([alarm({ state: 'cleared', isAcknowledged: true, since: at - 17_460_000 })]);
    expect(quiet.quiet).toBe('No active alarms since 09:09 (4 h 51 m)');
    expect(view([]).quiet).toBe('No active alarms');
  });

  it('one of a bus is listed under every room that the bus feeds, which its own words name', () => {
    const site = { locations: ['flower_room', 'propagation', 'cold_store'].map((id) => ({ id, title: id })), points: [], devices: [] };
    const bus = alarm({
      alarm: 'bus/simulator/unit/3',
      why: textReason('unit 3 of bus simulator does not answer. …'),
      locations: ['flower_room', 'cold_store'],
    });
    const [line] = toAlarmsView(
      [bus],
      { ...site, hash: '', revision: 1, title: '', timeZone: 'UTC', isDemonstration: false },
      at,
      utc,
    ).lines;
    expect(line).toMatchObject({ room: 'flower_room, cold_store', lead: '', location: null });
    expect(line?.rooms.map(({ id }) => id)).toEqual(['flower_room', 'cold_store']);
  });
});
