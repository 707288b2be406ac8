import { type EntryDraft, renderReason, millis, type BusStatus } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { toSpec } from '../../devices/testing/gate-fixture.ts';
import type { PointSpec } from '../../site/site.ts';
import type { BusOutcome } from '../bus/bus-outcome.ts';
import type { PollBlock } from '../poll/block-plan.ts';
import { createFedPlaces } from './fed-places.ts';
import { noAlarms, stepAlarms, type AlarmEvent, type FieldAlarms } from './field-alarms.ts';

const status = (state: BusStatus['state'], ...silentUnits: number[]): AlarmEvent => ({
  kind: 'status',
  status: { bus: 'line', state, silentUnits, cycleMs: null },
  units: [1, 2],
});
const block: PollBlock = { bus: 'line', unit: 2, function: 4, address: 40, count: 2, intervalMs: millis(1000), items: [] };
const polled = (outcome: BusOutcome, times = 1, isHole = false): AlarmEvent => ({
  kind: 'polled',
  polled: { block, outcome, verdict: 'final', isHole, times },
});
const good: BusOutcome = { kind: 'words', values: [1, 2] };

const nothing = createFedPlaces({ locations: [], points: [], devices: [] });

/** What an alarm says. */
const toText = (draft: Extract<EntryDraft, { kind: 'alarm' }> | undefined): string =>
  draft?.why === undefined ? '' : renderReason(draft.why, { time: String });

/** What is reported of each event: the alarm and its state. */
const run = (...events: readonly AlarmEvent[]): readonly (readonly string[])[] => {
  let state: FieldAlarms = noAlarms;
  return events.map((event) => {
    const step = stepAlarms(state, event, nothing);
    state = step.state;
    return step.drafts.map((draft) => `${draft.alarm} ${draft.state}`);
  });
};

describe('alarms of the field', () => {
  it('[FB7] report a unit that falls silent once, and once that it is back', () => {
    const [, first, again, back] = run(status('up'), status('partial', 2), status('partial', 2), status('up'));
    expect(first).toEqual(['bus/line/unit/2 active']);
    expect(again).toEqual([]);
    expect(back).toEqual(['bus/line/unit/2 cleared']);
  });

  it('report a line that is down, and say nothing of its units meanwhile', () => {
    const [, down, back] = run(status('up'), status('down', 1, 2), status('partial', 2));
    expect(down).toEqual(['bus/line active']);
    expect(back).toEqual(['bus/line cleared', 'bus/line/unit/2 active']);
  });

  it('report the line when most of its units are silent: units that fall silent one by one are one cause', () => {
    const many = (...silent: readonly number[]): AlarmEvent => ({
      kind: 'status',
      status: { bus: 'line', state: silent.length === 0 ? 'up' : 'partial', silentUnits: [...silent], cycleMs: null },
      units: [1, 2, 3, 4, 5],
    });
    expect(run(many(), many(1), many(1, 2), many(1, 2, 3), many(1, 2, 3, 4), many()).slice(1)).toEqual([
      ['bus/line/unit/1 active'],
      ['bus/line/unit/2 active'],
      ['bus/line active'],
      [],
      ['bus/line cleared', 'bus/line/unit/1 cleared', 'bus/line/unit/2 cleared'],
    ]);
  });

  it('clear what may be left over from before a restart', () => {
    expect(run(status('up'))[0]).toEqual(['bus/line cleared', 'bus/line/unit/1 cleared', 'bus/line/unit/2 cleared']);
  });

  it.each([1, 2, 3])('[FB8] take exception %i for a fault of the configuration, with what to look for', (code) => {
    const step = stepAlarms(noAlarms, polled({ kind: 'exception', code }), nothing);
    expect(step.drafts).toMatchObject([{ alarm: 'bus/line/unit/2/input/40', state: 'active', priority: 'P3' }]);
    expect(step.drafts[0]?.why).toMatchObject({ code: 'register/refused', params: { exception: code, isOthersRead: false } });
    expect(toText(step.drafts[0])).toContain(`0${code}: `);
    expect(stepAlarms(step.state, polled(good), nothing).drafts).toMatchObject([{ state: 'cleared' }]);
  });

  it.each([4, 5, 6, 0x0a, 0x0b])('[FB8] take exception %i for no fault of the configuration', (code) => {
    expect(run(polled({ kind: 'exception', code }))[0]).toEqual([]);
  });

  it('name the rooms that a line or a unit feeds, and what is missing there', () => {
    const spec = toSpec({ id: 'house/heater', title: 'Heater' });
    const place = (unit: number) => ({ ...spec.readBack, bus: 'line', unit });
    const point = (room: string, title: string, unit: number): PointSpec => ({
      id: `${room}/air/${title.toLowerCase()}`,
      location: room,
      cluster: 'air',
      measurement: title.toLowerCase(),
      quantity: 'number',
      title,
      decimals: 0,
      intervalMs: millis(1000),
      range: { min: 0, max: 1 },
      source: { kind: 'register', instrument: 'one', ...place(unit) },
    });
    const fed = createFedPlaces({
      locations: [
        { id: 'house', title: 'House' },
        { id: 'store', title: 'Store' },
        { id: 'office', title: 'Office' },
      ],
      points: [...['A', 'B', 'C', 'D', 'E'].map((title) => point('house', title, 1)), point('store', 'Door', 2)],
      devices: [{ ...spec, write: place(2), readBack: place(2) }],
    });
    const find = (event: AlarmEvent) => stepAlarms(noAlarms, event, fed).drafts.find(({ state }) => state === 'active');
    expect(find(status('partial', 1))?.locations).toEqual(['house']);
    expect(toText(find(status('partial', 1)))).toBe(
      'unit 1 of bus line does not answer. House: A (air), B (air), C (air) and 2 more cannot be read',
    );
    expect(find(status('partial', 2))?.locations).toEqual(['house', 'store']);
    expect(toText(find(status('partial', 2)))).toBe(
      'unit 2 of bus line does not answer. House, Store: 1 point cannot be read; 1 device cannot be switched',
    );
    expect(toText(find(status('down', 1, 2)))).toBe(
      'bus line does not answer. House, Store: 6 points cannot be read; 1 device cannot be switched',
    );
  });

  it('say nothing of the configuration when a unit does not answer', () => {
    expect(run(polled({ kind: 'failed', code: 'modbus/timeout', why: '', isSent: true }))[0]).toEqual([]);
  });
});
