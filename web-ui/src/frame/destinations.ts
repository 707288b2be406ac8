import type { PlaceGlyphName } from '../theme/place-glyph.ts';
import type { Route } from '../route/route.ts';

/** One entry of the rail: a screen that a person goes to from anywhere. */
export type Destination = {
  readonly href: string;
  readonly title: string;
  readonly glyph: PlaceGlyphName;
  /** The routes at which this entry is the current one. */
  readonly screens: readonly Route['screen'][];
  /** Whether the bottom bar of a phone has it too. */
  readonly isOnPhone: boolean;
};

/** The entries of the rail, in its order. No room is named here: a site may have many. */
export const destinations: readonly Destination[] = [
  { href: '/', title: 'Site', glyph: 'site', screens: ['site'], isOnPhone: true },
  { href: '/rooms', title: 'Rooms', glyph: 'rooms', screens: ['rooms', 'room'], isOnPhone: true },
  { href: '/alarms', title: 'Alarms', glyph: 'alarms', screens: ['alarms', 'notifications'], isOnPhone: true },
  {
    href: '/diagnostics',
    title: 'Points',
    glyph: 'points',
    screens: ['tech', 'tech-bus', 'tech-point', 'tech-read', 'tech-storage'],
    isOnPhone: true,
  },
  { href: '/rules', title: 'Rules', glyph: 'rules', screens: ['rules', 'rule'], isOnPhone: true },
  { href: '/bridges', title: 'Bridges', glyph: 'bridges', screens: ['bridges'], isOnPhone: true },
  { href: '/wall', title: 'Wall', glyph: 'wall', screens: ['wall'], isOnPhone: false },
];

/** How a link to a destination is marked: as the page itself, as a parent of the page, or not. */
export const toCurrent = ({ href, screens }: Destination, { route, path }: { readonly route: Route; readonly path: string }) => {
  if (path === href) return 'page' as const;
  return screens.includes(route.screen) ? ('true' as const) : undefined;
};
