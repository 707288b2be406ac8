/** What a key asks for about alarms; `close` is Esc. */
export type AlarmKey = 'acknowledge' | 'select' | 'select-range' | 'shelve' | 'close';

/** What a key asks for. */
export type KeyCommand =
  | { readonly do: 'go'; readonly href: string }
  | { readonly do: 'room'; readonly index: number }
  | { readonly do: 'row'; readonly by: 1 | -1 }
  | { readonly do: AlarmKey | 'override' | 'note' | 'trend' | 'theme' | 'help' };

/** What was pressed, as far as it matters here. */
export type KeyPress = {
  readonly key: string;
  /** Whether Ctrl, Alt or Meta was held: such keys belong to the browser. */
  readonly isModified: boolean;
  /** Whether the key goes into a field. */
  readonly isTyping: boolean;
  /** Whether a dialog is open over the page: it has the keyboard to itself. */
  readonly isInDialog: boolean;
  /** The browser's running time. */
  readonly at: number;
};

/** `g` waits for a second key; single keys may be turned off (WCAG 2.1.4). */
export type KeyState = { readonly goSince: number | null; readonly isOn: boolean };

const patienceMs = 1500;

const places: Readonly<Record<string, string>> = { s: '/', m: '/rooms', w: '/wall', a: '/alarms', t: '/diagnostics' };

const singles: Readonly<Record<string, KeyCommand>> = {
  '/': { do: 'go', href: '/diagnostics' },
  j: { do: 'row', by: 1 },
  k: { do: 'row', by: -1 },
  a: { do: 'acknowledge' },
  A: { do: 'acknowledge' },
  x: { do: 'select' },
  X: { do: 'select-range' },
  s: { do: 'shelve' },
  o: { do: 'override' },
  n: { do: 'note' },
  t: { do: 'trend' },
  T: { do: 'trend' },
  d: { do: 'theme' },
};

/** Takes in one key. `?` and Esc are heard in any case; what goes into a field, or belongs to the browser, never is. */
export const stepKeys = (state: KeyState, press: KeyPress): { readonly state: KeyState; readonly command: KeyCommand | null } => {
  const { key, isModified, isTyping, isInDialog, at } = press;
  const rest: KeyState = { ...state, goSince: null };
  const nothing = { state: rest, command: null };
  if (isModified || isTyping || isInDialog) return nothing;
  if (key === 'Escape') return { state: rest, command: { do: 'close' } };
  if (key === '?') return { state: rest, command: { do: 'help' } };
  if (!state.isOn) return nothing;
  if (state.goSince !== null && at - state.goSince <= patienceMs) {
    const href = Object.hasOwn(places, key) ? places[key] : undefined;
    return href === undefined ? nothing : { state: rest, command: { do: 'go', href } };
  }
  if (key === 'g') return { state: { ...state, goSince: at }, command: null };
  if (/^[1-9]$/.test(key)) return { state: rest, command: { do: 'room', index: Number(key) - 1 } };
  const command = Object.hasOwn(singles, key) ? singles[key] : undefined;
  return command === undefined ? nothing : { state: rest, command };
};

/** The keys as the help shows them. */
export const keyHelp: readonly (readonly [keys: string, what: string])[] = [
  ['g s', 'site'],
  ['1 … 9', 'a room, by its position'],
  ['g m', 'list of rooms'],
  ['g a', 'alarms'],
  ['g t', 'points'],
  ['g w', 'wall screen'],
  ['/', 'find a point'],
  ['j  k', 'next and previous row'],
  ['Enter', 'open the focused item'],
  ['a', 'acknowledge the selected alarms, the one in focus, or the first'],
  ['x  X', 'in the alarm list: select the one in focus, or all from the last selected to it'],
  ['s', 'in the alarm list: shelve the selected ones, or the one in focus'],
  ['o', 'override the device in focus, or the first of the room'],
  ['n', 'note at the cursor of the chart, or now'],
  ['t', 'the alarm in focus, or the first, in the chart of its room'],
  ['d', 'next theme'],
  ['Esc', 'close'],
  ['?', 'these keys'],
];
