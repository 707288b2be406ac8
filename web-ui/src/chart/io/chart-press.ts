import type { ChartPress } from '../chart-keys.ts';

/** Reads what was pressed. */
export const readPress = ({ key, altKey, shiftKey, ctrlKey, metaKey }: KeyboardEvent): ChartPress => ({
  key,
  isAlt: altKey,
  isShift: shiftKey,
  isModified: ctrlKey || metaKey,
});

/** Reads where a key goes: into a field, or to a control that has a use for it. */
export const readTarget = ({ target }: KeyboardEvent): { readonly isTyping: boolean; readonly isOnControl: boolean } => {
  const element = target instanceof Element ? target : null;
  return {
    isTyping: (element?.closest('input, textarea, select, [contenteditable]') ?? null) !== null,
    isOnControl: (element?.closest('button, a, summary') ?? null) !== null,
  };
};

/** Claims that the keys of the page go to this element. While a dialog is open, they go to what is in it. */
export const hasKeys = (element: Element): boolean =>
  (document.querySelector('dialog[open]') !== null) === (element.closest('dialog') !== null);
