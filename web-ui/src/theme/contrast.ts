/** The contrast of two colours `#rrggbb`, from 1 to 21, by WCAG 2.2 (relative luminance of sRGB). */
export const toContrast = (a: string, b: string): number => {
  const [bright, dark] = [toLuminance(a), toLuminance(b)].toSorted((one, other) => other - one);
  return ((bright ?? 0) + 0.05) / ((dark ?? 0) + 0.05);
};

const toLuminance = (colour: string): number => {
  const [red, green, blue] = [1, 3, 5].map((at) => toLinear(Number.parseInt(colour.slice(at, at + 2), 16) / 255));
  return 0.2126 * (red ?? 0) + 0.7152 * (green ?? 0) + 0.0722 * (blue ?? 0);
};

const toLinear = (channel: number): number => (channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4);
