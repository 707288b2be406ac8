import type { LocationMark } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { isWritten, parseQueue, stepQueue, toNextNote, toRequest, type DraftNote } from './note-queue.ts';

const at = Date.UTC(2026, 10, 23, 13);
const draft = (part: Partial<DraftNote> = {}): DraftNote => ({
  id: 'a',
  about: 'room',
  text: 'mist',
  moment: at,
  by: 'anna',
  refusal: null,
  ...part,
});
const mark = (part: Partial<LocationMark> = {}): LocationMark => ({
  kind: 'note',
  id: 'n',
  at,
  until: null,
  about: 'room',
  text: 'mist',
  lsn: 1,
  ...part,
});

describe('notes that wait', () => {
  it('leave when they are written or discarded, and stay when they are refused', () => {
    const queue = stepQueue(stepQueue([], { kind: 'drafted', note: draft() }), { kind: 'drafted', note: draft({ id: 'b' }) });
    expect(queue.map(({ id }) => id)).toEqual(['a', 'b']);
    const refused = stepQueue(queue, { kind: 'refused', id: 'a', why: 'no such room' });
    expect(toNextNote(refused, 'anna')?.id).toBe('b');
    expect(stepQueue(stepQueue(refused, { kind: 'written', id: 'b' }), { kind: 'discarded', id: 'a' })).toEqual([]);
  });

  it('speak of the moment at which they were written', () =>
    expect(toRequest(draft({ moment: at + 0.4 }))).toEqual({ about: 'room', text: 'mist', moment: at }));

  it('are not sent in the name of somebody else', () => {
    expect(toNextNote([draft()], 'ben')).toBeNull();
    expect(toNextNote([draft()], null)?.id).toBe('a');
    expect(toNextNote([draft({ by: null })], 'ben')?.id).toBe('a');
  });

  it('are not written twice when the answer to the first attempt was lost', () => {
    expect(isWritten(draft(), [mark({ at: at + 20_000 })])).toBe(true);
    expect(
      isWritten(draft(), [mark({ text: 'fog' }), mark({ about: 'room/fan' }), mark({ at: at - 600_000 }), mark({ kind: 'alarm' })]),
    ).toBe(false);
  });

  it('are read back from the browser, without what is no note', () =>
    expect(parseQueue([draft(), 5, null, { id: 'c' }, { ...draft(), by: 7 }])).toEqual([draft(), draft({ by: null })]));
});
