/** What is not on the first screen, and is loaded when it is first opened. */
export const loaders = {
  note: () => import('../notes/note-dialog.svelte'),
  point: () => import('../point/point-panel.svelte'),
  room: () => import('../room/room-screen.svelte'),
  rooms: () => import('../site/rooms-screen.svelte'),
  alarms: () => import('../alarms/alarm-screen.svelte'),
  override: () => import('../override/override-panel.svelte'),
  offset: () => import('../offset/offset-panel.svelte'),
  help: () => import('../keyboard/key-help.svelte'),
  notifications: () => import('../notifications/notifications-screen.svelte'),
  rules: () => import('../rules/rules-screen.svelte'),
  account: () => import('../account/account-screen.svelte'),
  bridges: () => import('../bridges/bridges-screen.svelte'),
  tech: () => import('../diagnostics/tech-screen.svelte'),
  wall: () => import('../wall/wall-screen.svelte'),
} as const;

/** Without a hub nothing can be loaded, and a note is written then too. The wall screen is opened once, by itself. */
const { wall: _, ...ahead } = loaders;

/** Loads them one after the other. What does not come is loaded again where it is opened. */
export const loadAhead = async (isOver: () => boolean): Promise<void> => {
  for (const load of Object.values(ahead)) if (!isOver()) await load().catch(() => undefined);
};
