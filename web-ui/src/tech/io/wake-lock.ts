/** Keeps the screen of a phone on while a point is watched. Tells whether it is; the caller ends it. */
export const keepAwake = (tell: (isAwake: boolean) => void): (() => void) => {
  let lock: WakeLockSentinel | null = null;
  let isOver = false;
  const ask = async (): Promise<void> => {
    if (isOver || document.hidden || !('wakeLock' in navigator)) return tell(false);
    try {
      lock = await navigator.wakeLock.request('screen');
      if (isOver) return void lock.release();
      lock.addEventListener('release', () => tell(false));
      tell(true);
    } catch {
      tell(false); // A phone that saves its battery refuses: the page says that the screen may go dark.
    }
  };
  // The browser takes it back whenever the page is hidden.
  const again = (): void => void ask();
  document.addEventListener('visibilitychange', again);
  void ask();
  return () => {
    isOver = true;
    document.removeEventListener('visibilitychange', again);
    void lock?.release();
  };
};
