/** Files that import one another, directly or by way of others; the smallest sets of which no file can be taken out alone. */
export const findCircles = (imports: ReadonlyMap<string, readonly string[]>): readonly (readonly string[])[] => {
  const circles: (readonly string[])[] = [];
  const order = new Map<string, number>();
  const lowest = new Map<string, number>();
  const open: string[] = [];

  /** Tarjan's algorithm: a file that leads back to none before it closes the set that was opened at it. */
  const visit = (file: string): number => {
    const own = order.size;
    order.set(file, own);
    lowest.set(file, own);
    open.push(file);
    for (const target of imports.get(file) ?? []) {
      if (target === file) circles.push([file]);
      if (!order.has(target)) lower(file, visit(target));
      else if (open.includes(target)) lower(file, order.get(target) ?? own);
    }
    const low = lowest.get(file) ?? own;
    if (low !== own) return low;
    const members = open.splice(open.indexOf(file));
    if (members.length > 1) circles.push(members.toSorted());
    return own;
  };
  const lower = (file: string, to: number): void => {
    lowest.set(file, Math.min(lowest.get(file) ?? to, to));
  };

  for (const file of imports.keys()) if (!order.has(file)) visit(file);
  return circles;
};
