/**
 * The colours of the panel, one set a theme. `tokens.css` is written from this table and a test holds them together;
 * another test computes every contrast that the panel relies on.
 */
export const themes = {
  day: {
    scheme: 'light',
    page: '#D8DBD9',
    panel: '#E6E8E6',
    inset: '#F3F4F3',
    text: '#1A201D',
    'text-2': '#414A46',
    'text-3': '#565F5A',
    line: '#7C8580',
    'line-on-page': '#6E7772',
    'data-1': '#2B4A5E',
    'data-2': '#75541F',
    'data-3': '#47622F',
    'data-4': '#674579',
    'data-5': '#1F6468',
    p1: '#B3131A',
    p2: '#A84600',
    p3: '#755900',
    p4: '#7A2F8F',
    manual: '#0A559F',
    focus: '#0A559F',
  },
  night: {
    scheme: 'dark',
    page: '#171B1A',
    panel: '#202523',
    inset: '#2A302D',
    text: '#E4E9E6',
    'text-2': '#B3BCB7',
    'text-3': '#98A29D',
    line: '#7A847F',
    'line-on-page': '#7A847F',
    'data-1': '#8DB4CC',
    'data-2': '#D2AE72',
    'data-3': '#A3BF83',
    'data-4': '#BFA0D0',
    'data-5': '#79BDBF',
    p1: '#FF6F66',
    p2: '#FF9A4D',
    p3: '#F0C83C',
    p4: '#DD8CF0',
    manual: '#74B3F5',
    focus: '#74B3F5',
  },
  /** For a room in its night: green alone, which the crop does not see as day. Meaning is left to shape and words. */
  dark: {
    scheme: 'dark',
    page: '#020A04',
    panel: '#04140A',
    inset: '#07190D',
    text: '#5FE08A',
    'text-2': '#41A864',
    'text-3': '#3A9659',
    line: '#2E7A4A',
    'line-on-page': '#2E7A4A',
    'data-1': '#5FE08A',
    'data-2': '#5FE08A',
    'data-3': '#5FE08A',
    'data-4': '#5FE08A',
    'data-5': '#5FE08A',
    p1: '#5FE08A',
    p2: '#5FE08A',
    p3: '#5FE08A',
    p4: '#5FE08A',
    manual: '#5FE08A',
    focus: '#5FE08A',
  },
} as const satisfies Record<string, Readonly<Record<string, string>>>;

/** The name of a theme. */
export type Theme = keyof typeof themes;
/** The name of a colour. */
export type ColourToken = Exclude<keyof (typeof themes)['day'], 'scheme'>;

/** The themes in the order in which one key goes through them. */
export const themeNames = Object.keys(themes) as readonly Theme[];

/** What a person calls each theme. */
export const themeTitles: Readonly<Record<Theme, string>> = { day: 'Day', night: 'Night', dark: 'Dark period' };

/** Claims that the text names a theme. */
export const isTheme = (text: unknown): text is Theme => themeNames.some((name) => name === text);

/** The theme after this one. */
export const toNextTheme = (theme: Theme): Theme => themeNames[(themeNames.indexOf(theme) + 1) % themeNames.length] ?? 'day';

const toRule = (theme: Theme, selector: string): string => {
  const { scheme, ...colours } = themes[theme];
  const lines = Object.entries(colours).map(([name, colour]) => `  --${name}: ${colour.toLowerCase()};`);
  return [`${selector} {`, `  color-scheme: ${scheme};`, ...lines, '}', ''].join('\n');
};

/** The text of `tokens.css`. */
export const toTokenCss = (): string =>
  [
    '/* Written from tokens.ts by dev/run-write-tokens.ts. */',
    ...themeNames.map((theme) => toRule(theme, `:root[data-theme='${theme}']`)),
  ].join('\n');
