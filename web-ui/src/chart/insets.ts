/** Room for values and names left of the plot; a phone has less. In CSS pixels. */
export const toGutter = (width: number): number => (width < 600 ? 46 : 72);

/** What stays empty right of the plot, in CSS pixels. */
export const rightInset = 10;
