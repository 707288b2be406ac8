/** How a file is written: in which zone its times are, and with which mark its numbers have their decimals. */
export type CsvFormat = {
  readonly timeZone: string;
  /** With `comma` the fields are parted by semicolons, as spreadsheets of such a locale expect. */
  readonly decimal: 'point' | 'comma';
};
