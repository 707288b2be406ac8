import type { SiteLayout } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { createSiteTime } from '../format/site-time.ts';
import { moveMoment, toMomentText, toNoteAsk, toSubjects } from './note-form.ts';

const minute = 60_000;
const now = Date.UTC(2026, 10, 23, 13);

describe('a note', () => {
  it('needs words, and no more of them than the hub takes', () => {
    expect(toNoteAsk({ about: 'room', moment: null, text: ' ' })).toEqual({
      request: null,
      missing: 'Still needed: the text of the note.',
    });
    expect(toNoteAsk({ about: 'room', moment: null, text: 'x'.repeat(1002) }).missing).toBe('It is 2 characters too long.');
    expect(toNoteAsk({ about: 'room', moment: null, text: ' mist ' }).request).toEqual({ about: 'room', text: 'mist' });
    expect(toNoteAsk({ about: 'room', moment: now + 0.5, text: 'mist' }).request?.moment).toBe(now + 1);
  });

  it('is about now or a moment before, never one that is to come', () => {
    expect(moveMoment(null, -10 * minute, now)).toBe(now - 10 * minute);
    expect(moveMoment(now - 10 * minute, 10 * minute, now)).toBeNull();
    expect(moveMoment(now + 40 * minute, 0, now)).toBeNull();
    expect(toMomentText(null, createSiteTime('UTC'), now)).toBe('now');
    expect(toMomentText(now - 10 * minute, createSiteTime('UTC'), now)).toBe('12:50:00');
    expect(toMomentText(now - 24 * 60 * minute, createSiteTime('UTC'), now)).toBe('22 Nov 13:00:00');
  });

  it('can be about the room and all that is in it', () => {
    const site = {
      locations: [{ id: 'room', title: 'Flower 1' }],
      devices: [
        { id: 'room/fan', title: 'Fan' },
        { id: 'attic/fan', title: 'Fan' },
      ],
      points: [{ id: 'room/front_1/leaf_temperature', title: '' }],
    } as unknown as SiteLayout;
    expect(toSubjects(site, 'room').flatMap(({ subjects }) => subjects)).toEqual([
      ['room', 'Flower 1'],
      ['room/fan', 'Fan'],
      ['room/front_1/leaf_temperature', 'front 1 leaf temperature'],
    ]);
    expect(toSubjects(null, 'room')).toEqual([{ title: 'Room', subjects: [['room', 'room']] }]);
  });
});
