import { Fault, reasonOf, textReason } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { createTimeTexts, toInstant } from './io/to-instant.ts';
import { describeEvidence } from './describe-evidence.ts';
import { explainDevice } from './explain-device.ts';
import { startAt, fan, siteHash, createLog, warm, steeredHash } from './testing/io/why-log.ts';

describe('why a device is in somebody’s hand', () => {
  const anna = { kind: 'override', device: fan, by: { kind: 'user', id: 'anna' } } as const;
  const taken = () => {
    const log = warm();
    const at = startAt + 10_000;
    log.add({ ...anna, value: 35, reason: 'filter change', forMs: 3_600_000, until: at + 3_600_000 });
    log.device(
      'confirmed',
      35,
      reasonOf('override/active', { by: { kind: 'user', id: 'anna' }, until: at + 3_600_000, reason: 'filter change' }),
    );
    log.device(
      'held',
      80,
      reasonOf('override/active', { by: { kind: 'user', id: 'anna' }, until: at + 3_600_000, reason: 'filter change' }),
    );
    return log;
  };
  const held = 'an override by anna holds it until 14:00:10: filter change';

  it('names who, until when and why, and what it would be without', async () => {
    const { sentence, why } = taken();
    expect(await sentence()).toBe(
      `room/fan is 35 % since 13:00:11, because ${held} (without that: room/cool asks for 80 %: temp 26.00 °C > 25.00 °C for 3 s, which asks for 80 %).`,
    );
    expect(await sentence(80)).toBe(`room/fan is not 80 %, because ${held}.`);
    const { explanation } = await why();
    expect(explanation?.hand).toEqual({ value: 35, who: 'anna: filter change', leftMs: 3_598_000 });
    const wins = explanation?.levels.filter(({ requests }) => requests.some((request) => request.wins)).map(({ level }) => level);
    expect(wins).toEqual(['manual']);
  });

  it('says what a device reads before whose hand wants it otherwise', async () => {
    const log = warm();
    log.add({ ...anna, value: 35, reason: 'filter change', forMs: 60_000, until: startAt + 70_000 });
    log.device('discrepancy', 20, reasonOf('device/discrepancy', { expected: 35, read: 20, since: startAt + 12_000, writes: 3 }));
    expect(await log.sentence()).toMatch(
      /^room\/fan is 20 % since .*, because it should be 35 %, but reads 20 % since 13:00:12, after 3 writes; an override by anna holds it until/,
    );
  });

  it('is over when she releases it, or when its time is', async () => {
    const log = taken();
    log.add({ ...anna, released: true });
    log.device('confirmed', 80, reasonOf('override/ended', { by: { kind: 'user', id: 'anna' } }), { kind: 'node', id: 'automation-1' });
    expect((await log.why()).explanation?.hand).toBeNull();
    expect(await log.sentence()).toMatch(/^room\/fan is 80 % since 13:00:14, because room\/cool asks for 80 %: .* for 3 s/);
    const expired = warm();
    expired.add({ ...anna, value: 35, reason: 'short', forMs: 2000, until: startAt + 12_000 });
    for (let second = 0; second < 4; second += 1) expired.read(26);
    expect((await expired.why()).explanation?.hand).toBeNull();
  });

  it('is known from the engine where the log of it is farther back than is read', async () => {
    const { why } = taken();
    const facts = await why();
    const forgotten = { ...facts, facts: { ...facts.facts, override: null } };
    const texts = createTimeTexts('Europe/Vienna', startAt);
    expect(explainDevice(forgotten, 80, texts)).toBe(
      'room/fan is not 80 %, because an override holds it until 14:00:10, by anna: filter change.',
    );
    expect(describeEvidence(forgotten, texts)).toContain('override     35 % by anna: filter change');
    const later = createTimeTexts('Europe/Vienna', startAt + 30 * 3_600_000);
    expect(describeEvidence(forgotten, later)[0]).toMatch(/^asked about {2}2026-11-23 13:00:\d\d CET, entry \d+/);
  });
});

describe('why a device goes by a set-point that somebody has moved', () => {
  const anna = { kind: 'offset', by: { kind: 'user', id: 'anna' }, reason: 'cold seedlings', forMs: 7_200_000 } as const;
  const moved = () => {
    const log = createLog();
    log.add({ kind: 'site', hash: siteHash, revision: 1 });
    log.add({ kind: 'bundle', scope: 'room', hash: steeredHash, revision: 1, mode: 'live' });
    log.read(26);
    log.device('confirmed', 80, textReason('warm'), { kind: 'node', id: 'automation-1' });
    log.add({ ...anna, setpoint: 'room/climate/temp', delta: 2 });
    log.add({ ...anna, setpoint: 'room/climate/other', delta: 0.2 });
    log.device('confirmed', 20, textReason('moved'), { kind: 'node', id: 'automation-1' });
    return log;
  };
  const hand = 'room/climate/temp is moved by +2 K until 15:00:05, by anna: cold seedlings';

  it('names the set-point, how far, until when and by whom, and no other set-point', async () => {
    const { sentence, why } = moved();
    expect(await sentence()).toBe(
      `room/fan is 20 % since 13:00:07, because room/cool does not ask: temp 26.00 °C <= sp.temp 27.00 °C; 20 %: no rule asks for it; ${hand}.`,
    );
    expect(await sentence(80)).toBe(
      `room/fan is not 80 %, because room/cool does not ask: temp 26.00 °C <= sp.temp 27.00 °C; 20 %: no rule asks for it; ${hand}.`,
    );
    const evidence = describeEvidence(await why(), createTimeTexts('Europe/Vienna', startAt));
    expect(evidence.filter((line) => line.startsWith('moved'))).toEqual([
      'moved        room/climate/temp to 27, by +2 K until 15:00:05, by anna: cold seedlings',
    ]);
  });

  it('knows it from the checkpoint, where the log of it is farther back than is read', async () => {
    const { keep, read, sentence } = moved();
    keep();
    read(26);
    expect(await sentence()).toContain(hand);
  });

  it('says nothing of it once it is over', async () => {
    const { add, device, sentence } = moved();
    add({ kind: 'offset', setpoint: 'room/climate/temp', by: { kind: 'user', id: 'anna' }, released: true });
    device('confirmed', 80, textReason('warm'), { kind: 'node', id: 'automation-1' });
    expect(await sentence()).not.toContain('anna');
  });
});

describe('times on the command line', () => {
  const now = Date.parse('2026-11-23T12:00:00Z');
  const parse = (text: string) => new Date(toInstant(text, { timeZone: 'Europe/Vienna', now })).toISOString();

  it.each([
    ['12:30:05', '2026-11-23T11:30:05.999Z'],
    ['12:30', '2026-11-23T11:30:59.999Z'],
    ['14:00', '2026-11-22T13:00:59.999Z'],
    ['13:00', '2026-11-23T12:00:59.999Z'],
    ['2026-11-20T08:00:00Z', '2026-11-20T08:00:00.000Z'],
    ['2026-11-20T08:00:00+05:45', '2026-11-20T02:15:00.000Z'],
    ['2026-11-20T08:00', '2026-11-20T07:00:59.999Z'],
    ['2026-11-20 08:00:30', '2026-11-20T07:00:30.999Z'],
    ['2026-11-20', '2026-11-19T23:00:00.000Z'],
    ['2026-03-29T02:30', '2026-03-29T01:00:59.999Z'],
  ])('%s is %s', (text, instant) => {
    expect(parse(text)).toBe(instant);
  });

  it('a time of day is the last one that was, also over a change of the clocks', () => {
    const after = Date.parse('2026-10-25T11:00:00Z');
    const at = toInstant('20:00:00', { timeZone: 'Europe/Vienna', now: after });
    expect(new Date(at).toISOString()).toBe('2026-10-24T18:00:00.999Z');
    const twice = toInstant('02:30:00', { timeZone: 'Europe/Vienna', now: after });
    expect(new Date(twice).toISOString()).toBe('2026-10-25T01:30:00.999Z');
    const skipped = toInstant('02:30:00', { timeZone: 'Europe/Vienna', now: Date.parse('2026-03-29T10:00:00Z') });
    expect(new Date(skipped).toISOString()).toBe('2026-03-28T01:30:00.999Z');
  });

  it.each(['soon', '25', '24:00', '12:60', '2026-13-45', '2026-02-30T10:00', '2026-11-20T', ''])('%s is refused', (text) => {
    expect(() => parse(text)).toThrow(Fault);
  });
});
