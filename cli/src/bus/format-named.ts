import {
  decodeShape,
  tableOf,
  toNamedText,
  toRegisterNumber,
  type BusReadAnswer,
  type BusReadRequest,
  type RegisterAnswer,
} from '@phloem/protocol';
import { toTable } from './table.ts';

/** What the site calls the values among those that were read: `30001  house/unit/mode  heat (4)`; nothing where none has a name. */
export const formatNamed = (
  { unit, function: code, address }: BusReadRequest,
  { bus, values }: BusReadAnswer,
  places: readonly RegisterAnswer[],
): readonly string[] => {
  const rows = places.flatMap((place) => {
    const own = place.bus === bus && place.unit === unit && place.function === code && place.address >= address;
    const words = own ? values.slice(place.address - address, place.address - address + place.count) : [];
    if (place.names === undefined || words.length < place.count) return [];
    const raw = decodeShape(place, words);
    if (raw === null) return [];
    return [[toRegisterNumber(tableOf(code), place.address), place.id, toNamedText(place.names, raw) ?? `${raw}, which has no name`]];
  });
  return rows.length === 0 ? [] : ['', ...toTable(['register', 'of the site', 'value'], rows)];
};
