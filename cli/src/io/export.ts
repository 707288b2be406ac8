import { existsSync, renameSync, rmSync } from 'node:fs';
import { Fault } from '@phloem/protocol';
import { dataFiles } from '@phloem/backend/client';
import { readSampleParts } from '@phloem/backend/data-folder';
import { parseMoment, parsePoints } from '../log/export-query.ts';
import { printNote, printText } from './print.ts';
import { openCsvFile, openParquetFile } from './sample-file.ts';

export type ExportOptions = {
  readonly data: string;
  readonly csv?: string;
  readonly parquet?: string;
  readonly from?: string;
  readonly to?: string;
  readonly points?: string;
  readonly force: boolean;
};

/** People learn how far it is so often. */
const noteEveryMs = 5000;

/**
 * Writes the readings in the log of a data folder to a file, which has its name once it is complete. A hub may use the folder.
 *
 * @throws Fault `cli/usage`; `store/missing`, `store/newer`, `store/unwritable`, `store/damaged`.
 */
export const exportSamples = (options: ExportOptions): void => {
  const { csv, parquet, force } = options;
  const path = csv ?? parquet;
  if (path === undefined || (csv !== undefined && parquet !== undefined)) {
    throw new Fault('cli/usage', 'name one file to write, with --csv <file> or --parquet <file>');
  }
  if (existsSync(path) && !force) throw new Fault('cli/usage', `${path} exists; name another file, or replace it with --force`);
  const from = options.from === undefined ? -Infinity : parseMoment(options.from, '--from');
  const to = options.to === undefined ? Infinity : parseMoment(options.to, '--to');
  if (from > to) throw new Fault('cli/usage', `--from ${options.from} is later than --to ${options.to}`);
  const isWanted = options.points === undefined ? () => true : parsePoints(options.points);

  const unfinished = `${path}.unfinished`;
  const parts = readSampleParts(dataFiles(options.data).store, { from, to, isWanted });
  let [readings, notedAt] = [0, Date.now()];
  const points = new Set<string>();
  try {
    // Whether the log can be read is known before a file is made.
    let part = parts.next();
    const file = csv === undefined ? openParquetFile(unfinished) : openCsvFile(unfinished);
    for (; part.done !== true; part = parts.next()) {
      const { samples, lost, share } = part.value;
      file.write(samples);
      readings += samples.length;
      for (const { point } of samples) points.add(point);
      if (lost !== null) printNote(`entries ${lost.from} to ${lost.to} are damaged and not in the file`);
      if (Date.now() < notedAt + noteEveryMs) continue;
      notedAt = Date.now();
      printNote(`${Math.floor(share * 100)} % of the log read, ${readings.toLocaleString('en')} readings written`);
    }
    file.finish();
    if (readings === 0) {
      throw new Fault(
        'cli/usage',
        'the log has no such reading, and no file was written; phloem log stats shows how far back the log goes',
      );
    }
    renameSync(unfinished, path);
  } finally {
    parts.return(undefined);
    rmSync(unfinished, { force: true });
  }
  printText(
    `${path}: ${readings.toLocaleString('en')} readings of ${points.size.toLocaleString('en')} ${points.size === 1 ? 'point' : 'points'}.`,
  );
};
