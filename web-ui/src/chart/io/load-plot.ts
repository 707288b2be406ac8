import type uPlot from 'uplot';

/**
 * Fetches what draws charts, when the first chart is shown. It asks for the browser's language as it is loaded, and a
 * Chromium under the locale `C` or `POSIX`, as on many a wall screen, names one that no browser accepts: `en-US@posix`.
 */
export const loadPlot = async (): Promise<typeof uPlot> => {
  if (!isLanguage(navigator.language)) Object.defineProperty(navigator, 'language', { value: 'en', configurable: true });
  const { default: UPlot } = await import('uplot');
  return UPlot;
};

const isLanguage = (tag: string): boolean => {
  try {
    return Intl.getCanonicalLocales(tag).length > 0;
  } catch {
    return false; // Intl has no other way to say that it does not know a language.
  }
};
