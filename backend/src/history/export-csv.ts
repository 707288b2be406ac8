import { createTimeText, findValueName, renderReason, type NamedValues, type PointId } from '@phloem/protocol';
import { createZonedIsoText } from './zoned-iso-text.ts';
import type { CsvPage, CsvQuery, HistoryAnswers, PageSample } from './history.ts';
import type { CsvFormat } from './csv-format.ts';

/** What a line of a file is made of. */
export type CsvLines = CsvFormat & {
  readonly isBoolean: boolean;
  /** What its values are called: they have a column of their own, so that the value stays a number. */
  readonly names?: NamedValues | undefined;
};

/** A field after RFC 4180: in quotes where it has to be, whatever parts the fields. */
const toField = (text: string): string => (/[",;\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** A line of fields after RFC 4180. */
export const toLine = (fields: readonly string[], decimal: CsvFormat['decimal']): string =>
  `${fields.map(toField).join(decimal === 'comma' ? ';' : ',')}\r\n`;

/**
 * Words that a spreadsheet must not take for a formula, also behind blanks and in full width:
 * https://owasp.org/www-community/attacks/CSV_Injection
 */
export const toWords = (text: string): string => (/^[\t\r\n]|^\s*[=+\-@＝＋－＠]/.test(text) ? `'${text}` : text);

const toNumber = (value: number, decimal: CsvFormat['decimal']): string =>
  decimal === 'comma' ? String(value).replace('.', ',') : String(value);

/** The first line: what the columns hold, the times with their zone and the value with its unit. */
export const toCsvHeader = (id: PointId, unit: string, { timeZone, decimal, names }: CsvFormat & Pick<CsvLines, 'names'>): string => {
  const columns = [`time (${timeZone})`, unit === '' ? id : `${id} [${unit}]`, 'quality', 'why', 'simulated'];
  return toLine(names === undefined ? columns : [...columns, 'name'], decimal);
};

/** A line for each sample. Where there is no value its field is empty, and the quality says why. */
export const toCsvLines = (samples: readonly PageSample[], { timeZone, decimal, isBoolean, names }: CsvLines): string => {
  const toTime = createZonedIsoText(timeZone);
  const clock = createTimeText(timeZone);
  const toNameColumn = (v: number | null): readonly string[] => (names === undefined ? [] : [toWords(findValueName(names, v) ?? '')]);
  return samples
    .map(({ at, v, q, why, isSimulated }) => {
      // A number with a comma needs no quotes where semicolons part the fields.
      const value = v === null ? '' : isBoolean ? String(v !== 0) : toNumber(v, decimal);
      const [time, ...words] = [
        toTime(at),
        q,
        toWords(why === null ? '' : renderReason(why, { time: clock })),
        isSimulated ? 'yes' : 'no',
        ...toNameColumn(v),
      ].map(toField);
      return `${[time, value, ...words].join(decimal === 'comma' ? ';' : ',')}\r\n`;
    })
    .join('');
};

/** A page of samples as lines. */
export async function toCsvPage(
  { samples: ask }: Pick<HistoryAnswers, 'samples'>,
  { isBoolean, names, format, ...query }: CsvQuery,
): Promise<CsvPage | null> {
  const page = await ask(query);
  return page === null ? null : { text: toCsvLines(page.samples, { ...format, isBoolean, names }), next: page.next };
}
