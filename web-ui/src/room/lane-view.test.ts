import { textReason, type DeviceSpan } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { createSiteTime } from '../format/site-time.ts';
import { toAskedAt, toCursorShare, toLaneAnswer, toLaneSentence } from './lane-view.ts';

const at = Date.UTC(2026, 10, 23, 13, 5, 15);
const place = { time: createSiteTime('Europe/Berlin') };
const toSpan = (agoMs: number, endAgoMs: number | null, value: boolean): DeviceSpan => ({
  from: at - agoMs,
  to: endAgoMs === null ? null : at - endAgoMs,
  value,
  phase: 'confirmed',
  by: null,
  why: textReason(value ? 'too damp' : 'dry enough'),
  cause: null,
  lsn: 41,
  isSimulated: false,
});
const spans = [toSpan(600_000, 300_000, false), toSpan(300_000, null, true)];
const device = {
  phase: 'confirmed' as const,
  standing: 'confirmed on',
  reason: textReason('too damp'),
  why: 'too damp',
  failSafe: 'off after 10 s',
  since: '14:00, 5 m 0 s ago',
};

describe('the sentence of a lane', () => {
  const toSentence = (cursorAt: number | null, more = {}) => toLaneSentence({ ...device, ...more }, spans, { cursorAt, now: at, place });

  it('says since when and why the device is as it is', () => {
    expect(toSentence(null)).toBe('14:00: too damp');
    expect(toSentence(null, { since: '' })).toBe('too damp');
  });

  it('names the safe state where nothing was requested', () => expect(toSentence(null, { why: '' })).toBe('fail-safe: off after 10 s'));

  it.each([
    ['in a state that has ended', 400_000, '13:55:15 off, because dry enough; until 14:00:15 (5 m 0 s)'],
    ['in the current state', 1000, '14:00:15 on, because too damp'],
    ['before the first known state', 700_000, '13:53:35 not known'],
    ['after now', -1000, '14:05:16 not known'],
  ])('with a cursor %s is about that moment', (_, agoMs, text) => expect(toSentence(at - agoMs)).toBe(text));
});

describe('the answer of a lane', () => {
  it('is empty until somebody asks', () => {
    expect(toLaneAnswer(null, spans, device, place)).toEqual({ span: null, index: -1, pending: '' });
  });

  it('follows the newest state, and adds a decision that the device has not confirmed', () => {
    expect(toLaneAnswer('newest', spans, device, place)).toEqual({ span: spans[1], index: 1, pending: '' });
    const waiting = { ...device, phase: 'requested' as const, standing: 'requested off', reason: textReason('dry enough') };
    expect(toLaneAnswer('newest', spans, waiting, place).pending).toBe('requested off: dry enough');
    expect(toLaneAnswer('newest', [], waiting, place)).toMatchObject({ span: null, index: -1 });
  });

  it('about an earlier moment is the state of that moment, without what is pending now', () => {
    const waiting = { ...device, phase: 'requested' as const };
    expect(toLaneAnswer(at - 400_000, spans, waiting, place)).toEqual({ span: spans[0], index: 0, pending: '' });
    expect(toLaneAnswer(at - 700_000, spans, waiting, place)).toEqual({ span: null, index: -1, pending: '' });
  });

  it('moves from state to state, and follows the device from the last one on', () => {
    expect(toAskedAt(spans, 0)).toEqual({ askedAt: at - 600_000, from: at - 600_000 });
    expect(toAskedAt(spans, 1)).toEqual({ askedAt: 'newest', from: at - 300_000 });
    expect(toAskedAt(spans, 2)).toBeNull();
  });
});

it('the cursor is drawn within the strip only', () => {
  expect([-1, 0, 5, 10, 11].map((cursorAt) => toCursorShare(cursorAt, 0, 10))).toEqual([null, 0, 0.5, 1, null]);
  expect(toCursorShare(null, 0, 10)).toBeNull();
});
