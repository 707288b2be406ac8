import { acknowledge } from '../alarms/acknowledge.ts';
import { focusRow, readFocus } from '../keyboard/io/keyboard.ts';
import type { AlarmKey, KeyCommand } from '../keyboard/keys.ts';
import type { Panel } from '../panel/panel.ts';
import { toSidePanelHref, toRoomHref } from '../route/route.ts';

/** What the keys act on. */
export type KeyTarget = {
  readonly panel: Pick<Panel, 'cell' | 'http' | 'go' | 'cycleTheme'>;
  /** The open list of alarms, which takes over the keys that are about alarms; false where it does not. */
  readonly takeAlarmKey: (key: AlarmKey) => boolean;
  readonly openHelp: () => void;
};

/** Does what a key asks for. What the role does not allow does nothing: the refusal is beside the buttons. */
export const obeyKey = (target: KeyTarget, command: KeyCommand): void => {
  const { panel, takeAlarmKey, openHelp } = target;
  switch (command.do) {
    case 'go':
      return panel.go(command.href);
    case 'room': {
      const room = panel.cell.view.tiles[command.index];
      return room === undefined ? undefined : panel.go(toRoomHref(room.id));
    }
    case 'row':
      return focusRow(command.by);
    case 'acknowledge':
      return takeAlarmKey('acknowledge') ? undefined : acknowledgeOne(panel);
    case 'select':
    case 'select-range':
    case 'shelve':
      return void takeAlarmKey(command.do);
    case 'override':
      return openOverride(panel);
    case 'note':
      return openNote(panel);
    case 'trend':
      return openTrend(panel);
    case 'theme':
      return panel.cycleTheme();
    case 'help':
      return openHelp();
    default:
      return close(target);
  }
};

/** The same address without a panel over the screen; a note over the panel of a point leaves that one open. */
export const toClosedHref = ({ address }: Pick<Panel['cell'], 'address'>): string =>
  toSidePanelHref(address, address.note !== null && address.point !== null ? { point: address.point } : {});

type Keyed = KeyTarget['panel'];

const acknowledgeOne = ({ cell, http, go }: Keyed): void => {
  const { alarms, rights } = cell.view;
  const first = alarms.lines.find(({ isAcknowledged }) => !isAcknowledged) ?? alarms.returned[0];
  const alarm = readFocus().alarm ?? first?.alarm;
  if (alarm !== undefined && rights.acknowledge.may) void acknowledge(http, alarm).catch(() => go('/alarms'));
};

const toRoom = ({ address }: Keyed['cell']): string | null => (address.route.screen === 'room' ? address.route.location : null);

const openOverride = ({ cell, go }: Keyed): void => {
  const room = toRoom(cell);
  const device = readFocus().device ?? cell.view.tiles.find(({ id }) => id === room)?.devices[0]?.id;
  if (device !== undefined) go(toSidePanelHref(cell.address, { override: device }));
};

const openNote = ({ cell, go }: Keyed): void => {
  const about = cell.address.point ?? readFocus().device ?? toRoom(cell);
  // A note is written over the panel of a point, and leaves it open.
  const under = cell.address.point === null ? {} : { point: cell.address.point };
  if (about !== null) go(toSidePanelHref(cell.address, { ...under, note: about }));
};

const openTrend = ({ cell, go }: Keyed): void => {
  const { lines, returned } = cell.view.alarms;
  const all = [...lines, ...returned];
  const href = (all.find(({ alarm }) => alarm === readFocus().alarm) ?? all.find(({ trend }) => trend !== ''))?.trend ?? '';
  if (href !== '') go(href);
};

const close = ({ panel, takeAlarmKey }: KeyTarget): void => {
  const { point, override, offset } = panel.cell.address;
  if (point !== null || override !== null || offset !== null) panel.go(toSidePanelHref(panel.cell.address, {}));
  else takeAlarmKey('close');
};
