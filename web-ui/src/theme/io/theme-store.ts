import { isTheme, type Theme } from '../tokens.ts';

const key = 'phloem.theme';

/** The theme that was chosen in this browser; without one, what the system prefers. */
export const readTheme = (): Theme => {
  const preferred = matchMedia('(prefers-color-scheme: dark)').matches ? 'night' : 'day';
  try {
    const kept = localStorage.getItem(key);
    return isTheme(kept) ? kept : preferred;
  } catch {
    return preferred; // A browser may forbid the store; the panel then follows the system.
  }
};

export const rememberTheme = (theme: Theme): void => {
  try {
    localStorage.setItem(key, theme);
  } catch {
    // A browser may forbid the store; the choice then lasts as long as the page.
  }
};
