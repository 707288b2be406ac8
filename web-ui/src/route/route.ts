import type { DeviceId, LocationId, PointId } from '@phloem/protocol';
import { pointChartKeys } from './chart-keys.ts';

/** What fills the page, as its path says. */
export type Route =
  | { readonly screen: 'site' }
  | { readonly screen: 'wall' }
  | { readonly screen: 'rooms' }
  | { readonly screen: 'room'; readonly location: LocationId }
  | { readonly screen: 'alarms' }
  | { readonly screen: 'bridges' }
  | { readonly screen: 'notifications' }
  | { readonly screen: 'rules' }
  | { readonly screen: 'rule'; readonly id: string }
  | { readonly screen: 'account' }
  | TechRoute
  | { readonly screen: 'unknown' };

/** The screens of those who stand in front of the cabinet. */
export type TechRoute =
  | { readonly screen: 'tech' }
  | { readonly screen: 'tech-storage' }
  | { readonly screen: 'tech-bus'; readonly bus: string }
  | { readonly screen: 'tech-point'; readonly id: PointId }
  /** A register that is read manually, as somebody typed it: `3/40012`. */
  | { readonly screen: 'tech-read'; readonly bus: string; readonly register: string };

/** Where the browser is: the screen, and the panel that is open over it. */
export type Address = {
  readonly route: Route;
  readonly path: string;
  /** The query, with its question mark; empty when there is none. */
  readonly search: string;
  readonly point: PointId | null;
  readonly override: DeviceId | null;
  /** What somebody writes a note about: a room, a point or a device. */
  readonly note: string | null;
  /** The set-point that somebody moves manually. */
  readonly offset: string | null;
};

type Params = Readonly<Record<string, string>>;
type Row = { readonly pattern: string; readonly toRoute: (params: Params) => Route };

/** `:name` stands for one part of a path, `:name+` for all that is left of it. */
const routes: readonly Row[] = [
  { pattern: '/', toRoute: () => ({ screen: 'site' }) },
  { pattern: '/wall', toRoute: () => ({ screen: 'wall' }) },
  { pattern: '/rooms', toRoute: () => ({ screen: 'rooms' }) },
  { pattern: '/room/:location', toRoute: ({ location = '' }) => ({ screen: 'room', location }) },
  { pattern: '/alarms', toRoute: () => ({ screen: 'alarms' }) },
  { pattern: '/notifications', toRoute: () => ({ screen: 'notifications' }) },
  { pattern: '/rules', toRoute: () => ({ screen: 'rules' }) },
  { pattern: '/rules/:id+', toRoute: ({ id = '' }) => ({ screen: 'rule', id }) },
  { pattern: '/account', toRoute: () => ({ screen: 'account' }) },
  { pattern: '/bridges', toRoute: () => ({ screen: 'bridges' }) },
  { pattern: '/diagnostics', toRoute: () => ({ screen: 'tech' }) },
  { pattern: '/diagnostics/storage', toRoute: () => ({ screen: 'tech-storage' }) },
  { pattern: '/diagnostics/bus/:bus', toRoute: ({ bus = '' }) => ({ screen: 'tech-bus', bus }) },
  { pattern: '/diagnostics/read/:bus/:register+', toRoute: ({ bus = '', register = '' }) => ({ screen: 'tech-read', bus, register }) },
  // An id holds slashes. Links encode them; an address that a person typed does not.
  { pattern: '/diagnostics/point/:id+', toRoute: ({ id = '' }) => ({ screen: 'tech-point', id }) },
];

/** Reads an address. A path that nothing stands for is `unknown`, never a guess. */
export const parseAddress = ({ pathname, search }: { readonly pathname: string; readonly search: string }): Address => {
  const query = new URLSearchParams(search);
  const sidePanels = { point: query.get('point'), override: query.get('override'), note: query.get('note'), offset: query.get('offset') };
  return { route: toRoute(pathname), path: pathname, search, ...sidePanels };
};

type SidePanel = { readonly point?: PointId; readonly override?: DeviceId; readonly note?: string; readonly offset?: string };
const sidePanelNames = ['point', 'override', 'note', 'offset'] as const;

/** The same address with this panel open, or with none. */
export const toSidePanelHref = ({ path, search }: Pick<Address, 'path' | 'search'>, sidePanel: SidePanel): string => {
  const query = new URLSearchParams(search);
  // The chart of a point goes with its panel, unless it is the same point again.
  if (sidePanel.point === undefined || sidePanel.point !== query.get('point')) for (const key of pointChartKeys) query.delete(key);
  for (const name of sidePanelNames) query.delete(name);
  for (const [name, id] of Object.entries(sidePanel)) query.set(name, id);
  // An id is easier to read, and to hand on, with its slashes as they are.
  const text = query.toString().replaceAll('%2F', '/').replaceAll('%2C', ',');
  return text === '' ? path : `${path}?${text}`;
};

/** The moment that an address names as `?at=`, in ms since 1970; null when it names none. */
export const toMoment = (search: string): number | null => {
  const at = Number(new URLSearchParams(search).get('at') ?? Number.NaN);
  return Number.isFinite(at) && at > 0 && at < 8.64e15 ? at : null;
};

/** The same address without a moment. */
export const withoutMoment = ({ path, search }: Pick<Address, 'path' | 'search'>): Pick<Address, 'path' | 'search'> => {
  const query = new URLSearchParams(search);
  query.delete('at');
  return { path, search: query.toString() };
};

/** Where a moment of a room is to be seen. */
export const toRoomAtHref = (location: LocationId, at: number): string => `${toRoomHref(location)}?at=${Math.round(at)}`;

/** Where a room is. */
export const toRoomHref = (location: LocationId): string => `/room/${encodeURIComponent(location)}`;

const toRoute = (pathname: string): Route => {
  const parts = toParts(pathname);
  if (parts === null) return { screen: 'unknown' };
  for (const { pattern, toRoute: toOne } of routes) {
    const params = match(toParts(pattern) ?? [], parts);
    if (params !== null) return toOne(params);
  }
  return { screen: 'unknown' };
};

const toParts = (path: string): readonly string[] | null => {
  try {
    return path
      .split('/')
      .filter((part) => part !== '')
      .map(decodeURIComponent);
  } catch {
    return null; // decodeURIComponent has no other way to say that the text is no encoding.
  }
};

const match = (pattern: readonly string[], parts: readonly string[]): Params | null => {
  const last = pattern.at(-1);
  const takesRest = last?.endsWith('+') === true;
  if (takesRest ? parts.length < pattern.length : parts.length !== pattern.length) return null;
  const params: Record<string, string> = {};
  for (const [index, part] of pattern.entries()) {
    const told = parts[index] ?? '';
    if (!part.startsWith(':')) {
      if (part !== told) return null;
    } else if (takesRest && index === pattern.length - 1) params[part.slice(1, -1)] = parts.slice(index).join('/');
    else params[part.slice(1)] = told;
  }
  return params;
};
