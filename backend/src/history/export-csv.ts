import type { PointId } from '@phloem/protocol';
import { toIsoText } from '../http/iso-text.ts';
import type { CsvPage, CsvQuery, HistoryAnswers, PageSample } from './history.ts';

/** A field of a CSV file after RFC 4180: in quotes where it has to be. */
const toField = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

const toLine = (fields: readonly string[]): string => `${fields.map(toField).join(',')}\r\n`;

/** Words that a spreadsheet must not take for a formula: https://owasp.org/www-community/attacks/CSV_Injection */
const toWords = (text: string): string => (/^[=+\-@\t\r]/.test(text) ? `'${text}` : text);

/** The first line: what the columns hold, the value with its unit. */
export const toCsvHeader = (id: PointId, unit: string): string =>
  toLine(['time (UTC)', unit === '' ? id : `${id} [${unit}]`, 'quality', 'why', 'simulated']);

/** A line for each sample. Where there is no value its field is empty, and the quality says why. */
export const toCsvLines = (samples: readonly PageSample[], isBoolean: boolean): string =>
  samples
    .map(({ at, v, q, why, isSimulated }) => {
      const value = v === null ? '' : isBoolean ? String(v !== 0) : String(v);
      return toLine([toIsoText(at), value, q, toWords(why ?? ''), isSimulated ? 'yes' : 'no']);
    })
    .join('');

/** A page of samples as lines. */
export async function toCsvPage(
  { samples: ask }: Pick<HistoryAnswers, 'samples'>,
  { isBoolean, ...query }: CsvQuery,
): Promise<CsvPage | null> {
  const page = await ask(query);
  return page === null ? null : { text: toCsvLines(page.samples, isBoolean), next: page.next };
}
