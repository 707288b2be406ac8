import type { LocationId } from '@phloem/protocol';
import { toRoomHref } from '../route/route.ts';

/** Names of the machine itself: nobody else reaches it by them. */
const loopback = /^(localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/** Claims that a phone can reach the address under which this page was opened. */
export const isReachable = (hostname: string): boolean => !loopback.test(hostname);

/** Where a room opens, as an address that can be given away. */
export const toRoomAddress = (origin: string, room: LocationId): string => `${origin}${toRoomHref(room)}`;

/** Why no codes are shown, and how that is changed. */
export const noCodesText = (host: string): string =>
  `No codes for phones: this page was opened at ${host}, which is this machine itself. ` +
  'Start the hub with --public-url behind a web server that phones can reach, and open the wall by that name.';

/** The dark modules of a code as one path: a square for each, in units of one module. */
export const toCodePath = (rows: readonly (readonly boolean[])[]): string =>
  rows.map((row, y) => row.map((isDark, x) => (isDark ? `M${x} ${y}h1v1h-1z` : '')).join('')).join('');
