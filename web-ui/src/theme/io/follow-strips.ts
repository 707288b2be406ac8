/** Gives a dialog the height of the strips above and below it: what lies under them must be reached by scrolling. Returns what ends it. */
export const followStrips = (dialog: HTMLElement): (() => void) => {
  const strips = [
    [document.querySelector<HTMLElement>('[data-strip="top"]'), '--above'],
    [document.querySelector<HTMLElement>('[data-strip="bottom"]'), '--below'],
  ] as const;
  const sized = new ResizeObserver(() => {
    for (const [strip, name] of strips) if (strip !== null) dialog.style.setProperty(name, `${strip.offsetHeight}px`);
  });
  for (const [strip] of strips) if (strip !== null) sized.observe(strip);
  return () => sized.disconnect();
};
