/** Keeps the screen of this page from going dark, as long as the page is seen. Returns what ends it. */
export const keepAwake = (): (() => void) => {
  let lock: WakeLockSentinel | null = null;
  let isWanted = true;
  const ask = async (): Promise<void> => {
    if (!isWanted || document.hidden || !('wakeLock' in navigator)) return;
    try {
      lock = await navigator.wakeLock.request('screen');
      if (!isWanted) await lock.release();
    } catch {
      lock = null; // A browser may refuse, with little power left for example; the wall then follows its own settings.
    }
  };
  const onChange = (): void => void ask();
  document.addEventListener('visibilitychange', onChange);
  onChange();
  return () => {
    isWanted = false;
    document.removeEventListener('visibilitychange', onChange);
    void lock?.release();
  };
};
