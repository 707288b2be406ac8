import { parseRegisterAddress, readFunctionOf, toRegisterNumber, tableOf, toWireAddress, type RegisterAnswer } from '@phloem/protocol';
import { toRawHref } from './raw-view.ts';

/** Something that the find box can lead to. */
export type Hit = { readonly id: string; readonly title: string; readonly place: string; readonly href: string | null };

/** A phone draws no more lines than these at once. */
export const mostHits = 30;

/** A register as it is named at a cabinet: `unit 3 · 40012 · 0x000B`. */
export const toPlaceText = ({ unit, function: code, address }: Pick<RegisterAnswer, 'unit' | 'function' | 'address'>): string =>
  `unit ${unit} · ${toRegisterNumber(tableOf(code), address)} · ${toWireAddress(address)}`;

/** Where a point is shown live. */
export const toPointHref = (id: string): string => `/diagnostics/point/${encodeURIComponent(id)}`;
/** Where a bus is shown. */
export const toBusHref = (bus: string): string => `/diagnostics/bus/${encodeURIComponent(bus)}`;

const toHit = (place: RegisterAnswer): Hit => ({
  id: place.id,
  title: place.title,
  place: `${place.bus} · ${toPlaceText(place)}`,
  href: place.kind === 'point' ? toPointHref(place.id) : toBusHref(place.bus),
});

const toWords = (text: string): readonly string[] =>
  text
    .toLowerCase()
    .split(/[\s/_]+/)
    .filter((word) => word !== '');

/** Every word must begin a word of the name: `flo tem` finds `flower_room/front/temperature`. */
const isNamed = (words: readonly string[], place: RegisterAnswer): boolean => {
  const own = toWords(`${place.id} ${place.title}`);
  return words.every((word) => own.some((one) => one.startsWith(word)));
};

/** What a text in the find box means: a register, where it is one; otherwise the beginnings of a name. */
export const findPlaces = (places: readonly RegisterAnswer[], text: string): readonly Hit[] => {
  const address = parseRegisterAddress(text);
  const found =
    address === null
      ? places.filter((place) => isNamed(toWords(text), place))
      : places.filter(
          ({ unit, function: code, address: first, count }) =>
            (address.unit === null || unit === address.unit) &&
            code === readFunctionOf[address.table] &&
            first <= address.address &&
            address.address < first + count,
        );
  return found.map(toHit);
};

/** A register that somebody typed with its unit, to be manual read on a bus. */
export type RawOffer = { readonly bus: string; readonly text: string; readonly href: string };

/** Where a register that was typed could be manual read, whether a point reads it or not: on each bus, where a unit was named. */
export const toRawOffers = (buses: readonly string[], text: string): readonly RawOffer[] => {
  const address = parseRegisterAddress(text);
  if (address === null || address.unit === null) return [];
  const number = toRegisterNumber(address.table, address.address);
  return buses.map((bus) => ({
    bus,
    text: `unit ${address.unit} · ${number} · ${toWireAddress(address.address)}`,
    href: toRawHref(bus, text),
  }));
};

/** Where Enter leads: to the only hit, or to the only place where a register without a point can be read. */
export const toEnterHref = (hits: readonly Hit[], offers: readonly RawOffer[]): string | null => {
  if (hits.length === 1) return hits[0]?.href ?? null;
  return hits.length === 0 && offers.length === 1 ? (offers[0]?.href ?? null) : null;
};

/** What is said where there are more places than are drawn. */
export const toMoreText = (found: number): string => (found <= mostHits ? '' : `${mostHits} of ${found}: type more to narrow the list.`);

/** What is said when nothing was found. */
export const toNothingText = (text: string): string => {
  const address = parseRegisterAddress(text);
  if (address === null) return 'No matching points. Enter names or a register: 3/40012, u3 h12, 0x0B.';
  const number = toRegisterNumber(address.table, address.address);
  return `No point is read at ${address.unit === null ? '' : `unit ${address.unit}, `}${number} (address ${address.address}). Most often off by one: 40001 is address 0.${address.unit === null ? ` Add its unit to read it manually: 3/${text.trim()}.` : ''}`;
};
