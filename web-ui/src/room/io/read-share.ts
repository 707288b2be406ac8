/** Reads where a pointer is within its element, as a share of the width; null where the element has no width. */
export const readShare = ({ currentTarget, clientX }: MouseEvent): number | null => {
  const box = currentTarget instanceof Element ? currentTarget.getBoundingClientRect() : null;
  return box === null || box.width === 0 ? null : (clientX - box.left) / box.width;
};
