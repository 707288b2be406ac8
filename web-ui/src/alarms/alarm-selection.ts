import type { AlarmLine } from './alarm-view.ts';
import { toChatterText } from './alarm-words.ts';

/** The alarms that somebody has selected, and the one that was selected last: a range begins there. */
export type AlarmSelection = { readonly alarms: readonly string[]; readonly anchor: string | null };

export const noSelection: AlarmSelection = { alarms: [], anchor: null };

/** What somebody does to a selection; `order` is the list as it is shown. */
export type SelectionEvent =
  | { readonly kind: 'toggle'; readonly alarm: string }
  | { readonly kind: 'range'; readonly alarm: string; readonly order: readonly string[] }
  | { readonly kind: 'group'; readonly alarms: readonly string[] }
  | { readonly kind: 'clear' };

/** Pure: the selection after an event. A range selects; a group is deselected where all of it was selected. */
export const stepSelection = (before: AlarmSelection, event: SelectionEvent): AlarmSelection => {
  switch (event.kind) {
    case 'toggle': {
      const isSelected = before.alarms.includes(event.alarm);
      const alarms = isSelected ? before.alarms.filter((alarm) => alarm !== event.alarm) : [...before.alarms, event.alarm];
      return { alarms, anchor: event.alarm };
    }
    case 'range': {
      const [from, to] = [event.order.indexOf(before.anchor ?? event.alarm), event.order.indexOf(event.alarm)];
      if (from === -1 || to === -1) return stepSelection(before, { kind: 'toggle', alarm: event.alarm });
      const stretch = event.order.slice(Math.min(from, to), Math.max(from, to) + 1);
      return { alarms: [...new Set([...before.alarms, ...stretch])], anchor: event.alarm };
    }
    case 'group': {
      const isWhole = event.alarms.every((alarm) => before.alarms.includes(alarm));
      const others = before.alarms.filter((alarm) => !event.alarms.includes(alarm));
      return { alarms: isWhole ? others : [...others, ...event.alarms], anchor: null };
    }
    case 'clear':
      return noSelection;
  }
};

/** The selected alarms that are still shown: nobody acts on what they cannot see. */
export const keepShown = ({ alarms }: AlarmSelection, shown: readonly string[]): readonly string[] =>
  shown.filter((alarm) => alarms.includes(alarm));

/** What a key is about: the selection, or else the alarm in focus. */
export const toSubject = (all: readonly AlarmLine[], selected: readonly AlarmLine[], focused: string | null): readonly AlarmLine[] =>
  selected.length > 0 ? selected : all.filter(({ alarm }) => alarm === focused);

/** The alarms that a shelve dialog is about, and the reason that it proposes. */
export type Shelving = { readonly lines: readonly AlarmLine[]; readonly chip: string };

/** What a shelve dialog is opened with; null where none of the alarms may be shelved. */
export const toShelving = (lines: readonly AlarmLine[]): Shelving | null =>
  lines.some(({ isShelvable }) => isShelvable)
    ? { lines, chip: lines.every((line) => toChatterText(line) !== '') ? 'chattering' : '' }
    : null;
