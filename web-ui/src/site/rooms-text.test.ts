import { describe, expect, it } from 'vitest';
import { toRoomsText } from './rooms-text.ts';

const room = (isCalm: boolean) => ({ standing: { text: '', priority: null, isCalm } });

describe('the title of the rooms', () => {
  it.each([
    [[true, true, true], 'All 3 rooms are normal'],
    [[true, false, true], '1 of 3 rooms needs attention'],
    [[false, false, true], '2 of 3 rooms need attention'],
    [[true], 'The room is normal'],
    [[false], 'The room needs attention'],
  ])('of %j is: %s', (calm, text) => expect(toRoomsText(calm.map(room))).toBe(text));

  it('without a link claims nothing of them', () =>
    expect(toRoomsText([true, false].map(room), false)).toBe('No link to the hub. Last known state of 2 rooms'));
});
