import { describe, expect, it } from 'vitest';
import { createParse } from '../parse.ts';
import { CommandReason, trimReason } from './command-reason.ts';
import { reasonInterlocks, reasonOf, reasonParts, reasonRule, textReason, type Reason } from './reason.ts';
import { renderReason, withMessage } from './render-reason.ts';
import { sentences } from './sentences.ts';

const time = (at: number): string => new Date(at).toISOString().slice(11, 19);
const texts = { time, device: { kind: 'percent' } } as const;

const asks = { code: 'rule/requests', params: { rule: 'room/cool', value: 80, forMs: 3000, because: 'temp 26.00 °C > 25.00 °C' } } as const;

const things = (name: string, count: number) => ({ names: [name], titles: 1, count });

describe('a reason', () => {
  it.each([
    [asks, 'room/cool asks for 80 %: temp 26.00 °C > 25.00 °C for 3 s'],
    [
      reasonOf('limit/waiting', { limit: 'min-off', until: 36_000_000, because: asks }),
      'room/cool asks for 80 %: temp 26.00 °C > 25.00 °C for 3 s; waits for min-off until 10:00:00',
    ],
    [
      reasonOf('device/no-request', { value: 20, rules: [{ code: 'rule/stopped', params: { rule: 'room/cool', because: 'door open' } }] }),
      'room/cool stopped: door open; 20 %: no rule asks for it',
    ],
    [
      reasonOf('override/active', { by: { kind: 'user', id: 'anna' }, until: 36_000_000, reason: 'filter change' }),
      'override by anna until 10:00:00: filter change',
    ],
    [
      reasonOf('device/unsolicited-change', { expected: 40, read: 0, since: 36_000_000, remedy: { kind: 'corrected' } }),
      'changed by itself: should be 40 %, but reads 0 % since 10:00:00; the hub puts it back',
    ],
    [reasonOf('command/value', { value: 140 }), '140 % is not possible: the device takes 0 to 100 %'],
  ] as const)('[RS1] is rendered from its code and params: %o', (reason, sentence) => {
    expect(renderReason(reason, texts)).toBe(sentence);
  });

  it.each([
    [reasonOf('hub/was-away', { forMs: 12_300, isInOrder: true }), 'The hub restarted after 12 s'],
    [reasonOf('hub/clock-set', { byMs: -3_600_000 }), 'The clock was set back by 60 min. Schedules follow it at once'],
    [reasonOf('automation/not-running', { devices: 1 }), 'Automation is not running: 1 device is in its safe state'],
    [reasonOf('history/entries-lost', { from: 2, to: 4, because: reasonOf('log/damaged') }), 'entries 2 to 4 of the log: damaged on disk'],
    [
      reasonOf('bridge/behind', { bridge: 'erp', entries: 7, forMs: 61_000, isRunning: false }),
      'The target of the bridge erp lacks 7 entries, the oldest for 61 s. It does not run: start it with phloem bridge run erp, or remove the cursor bridge-erp.',
    ],
    [
      reasonOf('notification/failing', { channel: 'mail', because: textReason('no answer'), lastAt: null }),
      'Notifications by mail are not delivered: no answer. It delivered nothing so far. Check the channel with phloem notify test mail.',
    ],
    [reasonOf('bridge/stopped', { bridge: 'erp', because: textReason('full') }), /^The bridge erp has stopped for good: full\. Correct it/],
    [
      reasonOf('offset/ending', { setpoint: 'room/climate/temp', by: { kind: 'user', id: 'anna' }, until: 36_000_000 }),
      'the offset by anna on room/climate/temp ends at 10:00:00',
    ],
    [
      reasonOf('device/feedback-mismatch', { confirmed: false, title: 'PPFD', read: true, forMs: 30_000 }),
      'confirmed off, but PPFD says on for 30 s: it runs all the same; check its contactor',
    ],
    [
      reasonOf('bus/silent', {
        bus: 'line',
        isPartial: true,
        missing: { rooms: ['A', 'B'], points: things('P', 6), devices: things('D', 1) },
      }),
      'most units of bus line do not answer. A, B: 6 points cannot be read; 1 device cannot be switched',
    ],
    [
      reasonOf('register/refused', { bus: 'line', unit: 3, function: 3, address: 11, count: 1, isOthersRead: false, exception: 2 }),
      'unit 3 of bus line cannot be read at register 40012 (holding address 11), 02: this unit has no register 40012; most often off by one (40001 is address 0)',
    ],
    [
      reasonOf('alarm/unknown', {
        subject: { kind: 'limits', title: 'Air' },
        forMs: 300_000,
        because: reasonOf('alarm/limit', { title: 'Air', value: null, limit: '28 °C', side: 'above' }),
      }),
      'Cannot check the alarm limits of Air: unknown for 5 min: Air unknown',
    ],
  ] as const)('[RS1] of a gap or an alarm is rendered from its code and params: %o', (reason, sentence) => {
    expect(renderReason(reason, texts)).toMatch(sentence);
  });

  it('[RS1] has its sentence beside its data over HTTP', () => {
    expect(withMessage(reasonOf('fail-safe/no-automation', { afterMs: 10_000 }), texts)).toEqual({
      code: 'fail-safe/no-automation',
      params: { afterMs: 10_000 },
      message: 'no automation for 10 s',
    });
  });

  it('[RS2] of a code or of params that nobody here knows is shown by its code', () => {
    expect(renderReason({ code: 'moon/full', params: {} } as unknown as Reason, texts)).toBe('moon/full');
    expect(renderReason({ code: 'toString', params: {} } as unknown as Reason, texts)).toBe('toString');
    expect(renderReason({ code: 'interlock/clear', params: {} } as unknown as Reason, texts)).toBe('interlock/clear');
  });

  it('names the rule and the interlocks that it rests on, however deep', () => {
    const restricts = reasonOf('interlock/restricts', { interlocks: ['room/door'], value: false });
    const held = reasonOf('fail-safe/overridden', {
      because: reasonOf('limit/waiting', { limit: 'min-on', until: 0, because: asks }),
      override: restricts,
    });
    expect(reasonInterlocks(held)).toEqual(['room/door']);
    expect(reasonRule(held)).toBe('room/cool');
    expect(reasonParts(held).map(({ code }) => code)).toEqual([
      'fail-safe/overridden',
      'limit/waiting',
      'rule/requests',
      'interlock/restricts',
    ]);
    expect([reasonInterlocks(textReason('room/door')), reasonRule(textReason('room/cool'))]).toEqual([[], null]);
  });

  it('has one sentence for every code, and none is empty', () => {
    expect(Object.entries(sentences).filter(([, sentence]) => typeof sentence !== 'function')).toEqual([]);
    expect(Object.keys(sentences).filter((code) => !/^(?:text|[a-z]+(?:-[a-z]+)*\/[a-z]+(?:-[a-z]+)*)$/.test(code))).toEqual([]);
  });
});

describe('the reason of a command', () => {
  const parse = createParse(CommandReason, 'a reason', 'protocol/invalid');

  it('[RS3] is one of those that a node may give, with exactly its params', () => {
    expect(parse(asks)).toEqual(asks);
    expect(parse(textReason('too cold'))).toEqual(textReason('too cold'));
    expect(() => parse({ ...asks, params: { ...asks.params, mood: 'good' } })).toThrow(/mood|a reason/);
    expect(() => parse(reasonOf('hub/stopped'))).toThrow(/a reason/);
    expect(() => parse('too cold')).toThrow(/a reason/);
    expect(() => parse(textReason('x'.repeat(1001)))).toThrow(/a reason/);
  });

  it('[RS3] is cut to what a frame may carry', () => {
    const long = 'x'.repeat(5000);
    const clause = { code: 'rule/stopped', params: { rule: 'room/cool', because: long } } as const;
    expect(parse(trimReason(clause)).params).toMatchObject({ because: 'x'.repeat(500) });
    const none = reasonOf('device/no-request', { value: false, rules: [clause, clause, clause] });
    expect(parse(trimReason(none))).toMatchObject({ params: { rules: [{ params: { because: 'x'.repeat(150) } }, {}, {}] } });
  });
});
