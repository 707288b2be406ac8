import { textReason, type EntryDraft } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { toEntry } from './decode-rows.ts';
import { sizeOf } from './entry-size.ts';

const drafts: readonly EntryDraft[] = [
  { kind: 'pulse' },
  { kind: 'note', by: { kind: 'hub' }, about: 'quotes', text: 'a "b" \\ ü €\n' },
  {
    kind: 'sensor',
    location: 'room',
    cluster: 'front',
    readings: { temperature: { v: 21.25, q: 'good' }, open: { v: null, q: 'bad', why: textReason('?') } },
  },
];

describe('the size of an entry', () => {
  it.each(drafts)('[EV3] is the length of its JSON text, known from the row that it was made of', (draft) => {
    for (const [lsn, at, up] of [
      [1, 1_800_000_000_000, 0],
      [12_345, 1_800_000_000_001, 12.125],
    ] as const) {
      const entry = toEntry({ lsn, at, up, offset: 0, body: JSON.stringify(draft) });
      expect(sizeOf(entry)).toBe(JSON.stringify(entry).length);
    }
  });
});
