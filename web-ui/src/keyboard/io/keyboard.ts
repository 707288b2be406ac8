import { stepKeys, type KeyCommand, type KeyState } from '../keys.ts';

const keysKey = 'phloem.single-keys';

/** Hears the keys of the page, until the function that it returns is called. */
export const openKeyboard = (isOn: () => boolean, take: (command: KeyCommand) => void): (() => void) => {
  let state: KeyState = { goSince: null, isOn: true };
  const onKey = (event: KeyboardEvent): void => {
    if (event.defaultPrevented || event.repeat) return;
    const target = event.target instanceof Element ? event.target : null;
    const step = stepKeys(
      { ...state, isOn: isOn() },
      {
        key: event.key,
        isModified: event.ctrlKey || event.altKey || event.metaKey,
        isTyping:
          target !== null &&
          target.closest('input:not([type="checkbox"]), textarea, select, [contenteditable], [role="application"]') !== null,
        isInDialog: document.querySelector('dialog:modal') !== null,
        at: performance.now(),
      },
    );
    state = step.state;
    if (step.command === null) return;
    if (event.key === '/') event.preventDefault(); // Some browsers open their own search by it.
    take(step.command);
  };
  addEventListener('keydown', onKey);
  return () => removeEventListener('keydown', onKey);
};

/** Whether single keys are on; they are, until somebody turns them off. */
export const readKeysOn = (): boolean => {
  try {
    return localStorage.getItem(keysKey) !== 'off';
  } catch {
    return true; // A browser may forbid the store; the keys are then on at each opening.
  }
};

export const rememberKeysOn = (isOn: boolean): void => {
  try {
    localStorage.setItem(keysKey, isOn ? 'on' : 'off');
  } catch {
    // A browser may forbid the store; the choice then lasts as long as the page.
  }
};

/** Moves the focus to the next or the previous row of the screen: what stands in a list, a table or a heading. */
export const focusRow = (by: 1 | -1): void => {
  const rows = [...document.querySelectorAll('main :is(h2, h3, li, tr)')];
  const stops = rows.flatMap((row) => row.querySelector<HTMLElement>('a[href], button, input[type="checkbox"]') ?? []);
  const unique = [...new Set(stops)];
  const at = unique.findIndex(
    (stop) => stop === document.activeElement || stop.closest('li, tr')?.contains(document.activeElement) === true,
  );
  const next = at === -1 ? unique[by === 1 ? 0 : unique.length - 1] : unique[at + by];
  next?.focus();
  next?.scrollIntoView({ block: 'nearest' });
};

/** What the focus is on: the alarm or the device of its row. */
export const readFocus = (): { readonly alarm: string | null; readonly device: string | null } => {
  const focus = document.activeElement;
  return {
    alarm: focus?.closest('[data-alarm]')?.getAttribute('data-alarm') ?? null,
    device: focus?.closest('[data-device]')?.getAttribute('data-device') ?? null,
  };
};

const patienceMs = 2000;

/** Puts the focus on the heading of the screen that comes, so that it is read, and the next Tab leads into it. */
export const focusHeading = (): (() => void) => {
  const until = performance.now() + patienceMs;
  let frame = 0;
  const look = (): void => {
    const heading = document.querySelector<HTMLElement>('main h1');
    if (heading !== null) heading.focus({ preventScroll: true });
    else if (performance.now() < until) frame = requestAnimationFrame(look);
  };
  frame = requestAnimationFrame(look);
  return () => cancelAnimationFrame(frame);
};
