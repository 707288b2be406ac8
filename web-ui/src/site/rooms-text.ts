import type { TileView } from '../panel/panel-view.ts';

/** How many rooms need attention, in one sentence; without a link nobody knows: the title of the site and of the list of rooms. */
export const toRoomsText = (tiles: readonly Pick<TileView, 'standing'>[], isHeard = true): string => {
  if (!isHeard) return `No link to the hub. Last known state of ${tiles.length === 1 ? 'the room' : `${tiles.length} rooms`}`;
  const abnormal = tiles.filter(({ standing }) => !standing.isCalm).length;
  if (abnormal === 0) return tiles.length === 1 ? 'The room is normal' : `All ${tiles.length} rooms are normal`;
  if (tiles.length === 1) return 'The room needs attention';
  return `${abnormal} of ${tiles.length} rooms ${abnormal === 1 ? 'needs' : 'need'} attention`;
};
