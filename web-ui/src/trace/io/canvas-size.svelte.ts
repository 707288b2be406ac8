/** The size of a canvas in device pixels. */
export type DeviceSize = { readonly width: number; readonly height: number; readonly ratio: number };

/** Follows the size of a canvas, and whether it is on the screen. */
export class CanvasSize {
  isVisible = $state(false);
  size: DeviceSize = $state.raw({ width: 0, height: 0, ratio: 1 });

  /** Follows the canvas until the function that it returns is called. */
  open(canvas: HTMLCanvasElement): () => void {
    const seen = new IntersectionObserver(([entry]) => (this.isVisible = entry?.isIntersecting ?? false));
    const sized = new ResizeObserver(([entry]) => {
      const ratio = devicePixelRatio;
      const box = entry?.contentRect;
      this.size = { width: Math.round((box?.width ?? 0) * ratio), height: Math.round((box?.height ?? 0) * ratio), ratio };
    });
    seen.observe(canvas);
    sized.observe(canvas);
    return () => {
      seen.disconnect();
      sized.disconnect();
    };
  }
}
