/** The name of a stretch of a chart: it stands somewhere between `from` and `to` and takes so much width. */
export type Heading = { readonly from: number; readonly to: number; readonly width: number };

/**
 * Finds a place for each heading in one row, so that no two overlap. Each stands as far left within its stretch as there
 * is room; one that finds none is left out. Those that come first in the list choose first.
 */
export const placeHeadings = <H extends Heading>(headings: readonly H[]): readonly { readonly heading: H; readonly at: number }[] => {
  const placed: { heading: H; at: number }[] = [];
  for (const heading of headings) {
    const taken = placed.toSorted((a, b) => a.at - b.at);
    let at = heading.from;
    for (const other of taken)
      if (other.at < at + heading.width && other.at + other.heading.width > at) at = other.at + other.heading.width;
    if (at + heading.width <= heading.to) placed.push({ heading, at });
  }
  return placed;
};
