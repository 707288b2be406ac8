import { describe, expect, it } from 'vitest';
import { toQueuedRequest, type RequestMessage } from './to-queued-request.ts';

const now = 1_800_000_000_500;
const message = (parts: Partial<RequestMessage> = {}): RequestMessage => ({
  text: '{"device":"flower_room/fan","value":"on"}',
  messageId: 'a-1',
  timestamp: undefined,
  timestampMs: undefined,
  isRedelivered: false,
  ...parts,
});
const read = (parts: Partial<RequestMessage> = {}, maxQueuedMs = 80) => toQueuedRequest(message(parts), now, maxQueuedMs);

describe('a request from RabbitMQ', () => {
  it('is known by its messageId, or by its member id', () => {
    expect(read()).toMatchObject({ id: 'a-1', wanted: { device: 'flower_room/fan', value: true, op: 'set' } });
    const text = '{"id":"b-2","device":"flower_room/fan","value":30}';
    expect(read({ text, messageId: undefined })).toMatchObject({ id: 'b-2', wanted: { value: 30 } });
    expect(read({ text, messageId: 'b-2' }).id).toBe('b-2');
  });

  it.each([
    ['no id', { messageId: undefined }, 'messageId: expected'],
    ['an id that the hub does not accept', { messageId: 'a b' }, 'messageId: expected'],
    ['an id of another type', { messageId: 7 }, 'messageId: expected'],
    ['two ids', { text: '{"id":"b","device":"flower_room/fan","value":"on"}' }, 'differs from the messageId'],
    ['no JSON', { text: 'on' }, 'no JSON'],
    ['only a text', { text: '"on"' }, 'expected an object'],
    ['a list', { text: '[]' }, 'expected an object'],
    ['a body that is nested too deeply', { text: '['.repeat(16_000) }, 'no JSON'],
    ['a long body', { text: ' '.repeat(20_000) }, '20000 characters'],
    ['an unknown member', { text: '{"device":"flower_room/fan","value":"on","at":1}' }, 'unknown member'],
  ])('cannot be read with %s', (_, parts, why) => {
    expect(read(parts).wanted).toContain(why);
  });

  it('is as old as its time says, in whole seconds or in milliseconds', () => {
    expect(read({ timestamp: 1_800_000_000 }).ageMs).toBe(500);
    expect(read({ timestamp: 1_800_000_000_100 }).ageMs).toBe(400);
    expect(read({ timestamp: 1_700_000_000, timestampMs: 1_800_000_000_300 }).ageMs).toBe(200);
    expect(read({ timestamp: 1_800_000_010 }).ageMs).toBe(-9500);
  });

  it('is without a time as old as the queue was not seen empty, and of unknown age where it was delivered before', () => {
    expect(read().ageMs).toBe(80);
    expect(read({ timestamp: 0, timestampMs: 'soon' }).ageMs).toBe(80);
    expect(read({}, Number.POSITIVE_INFINITY).ageMs).toBe(Number.POSITIVE_INFINITY);
    expect(read({ isRedelivered: true }).ageMs).toBe(Number.POSITIVE_INFINITY);
    expect(read({ isRedelivered: true, timestamp: 1_800_000_000 }).ageMs).toBe(500);
  });
});
