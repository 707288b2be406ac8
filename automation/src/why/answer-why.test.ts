import { reasonOf } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { compile } from '../compile.ts';
import { answerWhy, type WhyHub } from './answer-why.ts';
import { findEntryAt, describeBeginning } from './find-entry.ts';
import { createTimeTexts } from './io/to-instant.ts';
import { toWhyAnswer } from './to-why-answer.ts';
import { describeEvidence } from './describe-evidence.ts';
import { explainDevice } from './explain-device.ts';
import { epoch, startAt, fan, createLog, nightly, warm, nextHash } from './testing/io/why-log.ts';

describe('why a device is as it is', () => {
  it('is one sentence with the numbers that decided it', async () => {
    const { sentence, read } = warm();
    for (let second = 0; second < 5; second += 1) read(27);
    expect(await sentence()).toBe('room/fan is 80 % since 13:00:09, because room/cool asks for 80 %: temp 26.00 °C > 25.00 °C for 3 s.');
  });

  it('is data for the panel: requests, conditions with the values of their parts, inputs', async () => {
    const { why, read } = warm();
    read(27);
    const texts = createTimeTexts('Europe/Vienna', startAt);
    const answer = toWhyAnswer(await why(), null, texts);
    expect(answer).toMatchObject({ device: fan, value: 80, requested: 80 });
    expect(answer.sentence).toContain('because room/cool asks for 80 %');
    expect(answer.levels.find(({ level }) => level === 'control')?.requests).toEqual([{ rule: 'room/cool', value: 80, wins: true }]);
    expect(answer.expressions).toEqual([
      {
        rule: 'room/cool',
        text: 'temp > degC(25.0)',
        value: true,
        parts: expect.arrayContaining([{ text: 'temp', value: 27 }]) as unknown,
      },
    ]);
    expect(answer.interlocks).toEqual([{ id: 'room/safety/quiet', does: 'limit max 50', state: 'clear', since: null, why: '' }]);
    expect(answer.inputs).toMatchObject([{ name: 'temp', point: 'room/front/temperature', value: 27, quality: 'good', ageMs: 0 }]);
    expect(toWhyAnswer(await why(), 20, texts).sentence).toMatch(/^room\/fan is not 20 %, because /);
  });

  it('is recomputed for a time that is over', async () => {
    const { sentence, read, hub } = warm();
    read(20);
    const lsn = await findEntryAt(hub, startAt + 6500);
    expect(lsn).toBe(6);
    expect(await sentence(null, 6)).toMatch(/^room\/fan is 20 % since 13:00:04, because room\/cool waits for 3 s: temp 26\.00/);
    expect(await findEntryAt(hub, startAt)).toBeNull();
    expect(await describeBeginning(hub, '12:30', createTimeTexts('Europe/Vienna', startAt))).toMatch(
      /^the log begins at 2026-11-23 13:00:01 CET, and 12:30 is before that; /,
    );
  });

  it('is the same from every checkpoint as from the beginning, also across a switch of the bundle', async () => {
    const { why, read, add, entries } = warm();
    const answers = async () => Promise.all(entries.slice(10).map(async ({ lsn }) => (await why(lsn)).explanation));
    for (let second = 0; second < 5; second += 1) read(26 + second);
    const cut = entries.length;
    add({ kind: 'bundle', scope: 'room', hash: nextHash, revision: 2, mode: 'live' });
    for (let second = 0; second < 8; second += 1) read(29 + second / 2);
    const fromBeginning = await answers();
    expect((await why()).replayed).toMatchObject({ isCheckpoint: false, from: 0 });
    expect(fromBeginning.at(-1)?.value).toBe(80);

    // The same log once more, with a checkpoint before the switch and one after it.
    const again = createLog();
    for (const { lsn: _lsn, at: _at, up: _up, ...draft } of entries) {
      again.add(draft);
      if (again.entries.length === cut || again.entries.length === cut + 4) again.keep();
    }
    const last = await again.why();
    expect(last.replayed).toEqual({ from: cut + 4, isCheckpoint: true, entries: entries.length - cut - 4 });
    for (const [index, expected] of fromBeginning.entries()) {
      expect((await again.why(11 + index)).explanation).toEqual(expected);
    }
  });

  it('begins at the beginning where a checkpoint cannot be used', async () => {
    const { why, keep, checkpoints, read } = warm();
    keep();
    read(26);
    const [checkpoint] = checkpoints;
    if (checkpoint === undefined) throw new Error('no checkpoint was kept');
    checkpoints[0] = { ...checkpoint, state: `${checkpoint.state} ` };
    expect((await why()).replayed.isCheckpoint).toBe(false);
    expect((await why()).explanation?.value).toBe(80);
  });

  it('[VE4] goes past entries of kinds that it does not know, however many come in a row', async () => {
    const { why, hub, add, entries } = warm();
    const known = entries.length;
    for (let n = 0; n < 3; n += 1) add({ kind: 'pulse' });
    const at = entries.length;
    const forecast = { lsn: 0, at: startAt, up: 0, kind: 'forecast' };
    const newer: WhyHub = {
      ...hub,
      log: async (after, limit) => {
        const stretch = await hub.log(after, limit);
        return { ...stretch, entries: stretch.entries.map((entry) => (entry.lsn > known ? { ...forecast, lsn: entry.lsn } : entry)) };
      },
    };
    const before = await why(known);
    expect(await answerWhy(newer, fan, at, compile)).toMatchObject({ lsn: at, facts: before.facts, explanation: before.explanation });
  });

  it('goes over restarts of the hub, and leaves aside a checkpoint of entries that were lost with one', async () => {
    const { why, keep, checkpoints, read, hub, entries } = warm();
    for (let second = 0; second < 3; second += 1) read(26 + second);
    keep();
    for (let second = 0; second < 3; second += 1) read(27);
    keep();
    const expected = (await why(11)).explanation;
    const [kept, lost] = checkpoints;
    if (kept === undefined || lost === undefined) throw new Error('no checkpoints were kept');
    // The power was cut after the first one: the log goes on in another epoch, and never kept what the second one knew.
    const restarted: WhyHub = {
      ...hub,
      log: (after, limit) =>
        Promise.resolve({
          epoch: 'epochBepochB',
          lineage: [{ epoch, end: kept.cursor }],
          first: 1,
          head: entries.length,
          entries: entries.slice(after, after + limit),
        }),
    };
    const last = await answerWhy(restarted, fan, entries.length, compile);
    expect(last.replayed).toMatchObject({ from: kept.cursor, isCheckpoint: true });
    expect(last.explanation).toEqual((await why()).explanation);
    expect((await answerWhy(restarted, fan, 11, compile)).explanation).toEqual(expected);
  });

  it('reports that the log no longer holds which rules were live', async () => {
    const { hub, entries } = warm();
    const cut: WhyHub = {
      ...hub,
      log: (after, limit) =>
        Promise.resolve({
          epoch,
          lineage: [],
          first: 6,
          head: entries.length,
          entries: entries.slice(Math.max(after, 5), Math.max(after, 5) + limit),
        }),
    };
    const why = await answerWhy(cut, fan, 8, compile);
    expect(explainDevice(why, 20, createTimeTexts('Europe/Vienna', startAt))).toBe(
      'room/fan is not 20 %, because the log no longer says which rules were live then.',
    );
    expect(describeEvidence(why, createTimeTexts('Europe/Vienna', startAt))).toContain(
      'rules        the log no longer says which rules were live then',
    );
  });

  it('names the interlock that holds it, and what it would be without', async () => {
    const { add, device, sentence, why } = warm();
    add({ kind: 'interlock', id: 'room/safety/quiet', state: 'tripped', by: { kind: 'hub' }, why: nightly });
    device('confirmed', 50, reasonOf('interlock/restricts', { interlocks: ['room/safety/quiet'], value: 50 }));
    device('held', 80, reasonOf('interlock/restricts', { interlocks: ['room/safety/quiet'], value: 50 }));
    expect(await sentence()).toBe(
      'room/fan is 50 % since 13:00:11, because the interlock room/safety/quiet tripped: it is night (without it: room/cool asks for 80 %: temp 26.00 °C > 25.00 °C for 3 s, which asks for 80 %).',
    );
    expect(await sentence(80)).toBe('room/fan is not 80 %, because the interlock room/safety/quiet tripped: it is night.');
    const evidence = describeEvidence(await why(), createTimeTexts('Europe/Vienna', startAt));
    expect(evidence.find((line) => line.includes('tripped'))).toBe(
      '  tripped  room/safety/quiet (limit max 50) since 13:00:10: room/safety/quiet tripped: it is night',
    );
  });

  it('finds an interlock that began long before the checkpoint', async () => {
    const { add, keep, read, why } = warm();
    add({ kind: 'interlock', id: 'room/safety/quiet', state: 'latched', by: { kind: 'hub' } });
    for (let second = 0; second < 200; second += 1) read(26);
    keep();
    read(26);
    expect((await why()).facts.interlocks.get('room/safety/quiet')?.state).toBe('latched');
  });

  it('says that the hub holds its safe state when nobody commands it', async () => {
    const { device, sentence } = warm();
    device('safe', 20, reasonOf('fail-safe/no-automation', { afterMs: 10_000 }));
    expect(await sentence()).toBe('room/fan is 20 % since 13:00:10, because the hub holds its safe state: no automation for 10 s.');
  });
});

describe('why a device is not otherwise', () => {
  it('says what keeps the rule back that would make it so', async () => {
    const { sentence } = warm();
    expect(await sentence(80, 6)).toBe('room/fan is not 80 %, because room/cool waits for 3 s: temp 26.00 °C > 25.00 °C (pending).');
  });

  it('says what each rule lacks when none asks', async () => {
    const { sentence, read, device } = warm();
    for (let second = 0; second < 3; second += 1) read(20);
    device('confirmed', 20, reasonOf('device/no-request', { value: 20, rules: [] }));
    expect(await sentence(80)).toBe(
      'room/fan is not 80 %, because room/cool does not ask: temp 20.00 °C <= 25.00 °C; 20 %: no rule asks for it.',
    );
  });
});
