/** Keeps the screen from going dark while the page is seen. Reports whether it does; the caller ends it. */
export const keepAwake = (tell: (isAwake: boolean) => void = () => undefined): (() => void) => {
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
      tell(false); // A device that saves its battery refuses: its own settings then decide.
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
