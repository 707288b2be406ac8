import { readFileSync } from 'node:fs';
import { Fault, quantities } from '@phloem/protocol';
import { readProfiles } from '../../site/io/read-profiles.ts';
import { parseProfile, type Profile, type ProfilePoint } from '../../site/profile.ts';

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

const toTable = (rows: readonly (readonly string[])[]): readonly string[] => {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
};

/** Lists the profiles that come with the hub. */
export const listProfiles = (asJson: boolean): void => {
  const profiles = readProfiles();
  if (asJson)
    return say(
      JSON.stringify(
        profiles.map(({ points, ...profile }) => ({ ...profile, points: Object.keys(points) })),
        null,
        2,
      ),
    );
  for (const line of toTable(profiles.map(({ profile, title, status }) => [profile, status === 'verified' ? '' : status, title])))
    say(line);
};

const toRow = (name: string, point: ProfilePoint): readonly string[] => [
  name,
  `${point.table} ${point.address}`,
  point.vendorAddress ?? '',
  `${point.type}${point.wordOrder === 'little' ? ', low word first' : ''}`,
  point.scale === undefined ? '' : `× ${point.scale}`,
  quantities[point.quantity].unit,
  point.access,
  point.title,
];

/**
 * Shows what the registers of one kind of instrument mean.
 *
 * @throws Fault `cli/usage` when there is no such profile.
 */
export const showProfile = (name: string, asJson: boolean): void => {
  const profile = readProfiles().find((candidate) => candidate.profile === name);
  if (profile === undefined) throw new Fault('cli/usage', `there is no profile ${name}: phloem profile list names those that there are`);
  if (asJson) return say(JSON.stringify(profile, null, 2));
  const { title, maker, version, status, source, points, notes } = profile;
  say(`${title}${maker === undefined ? '' : `, ${maker}`} (version ${version}, ${status})`);
  say(
    [source.document, source.edition, source.page === undefined ? undefined : `page ${source.page}`, source.url].filter(Boolean).join(', '),
  );
  say('');
  for (const line of toTable([
    ['point', 'register', 'vendor', 'type', 'scale', 'unit', 'access', 'title'],
    ...Object.entries(points).map(([point, described]) => toRow(point, described)),
  ])) {
    say(line);
  }
  if (notes !== undefined) say(`\n${notes}`);
};

const readProfile = (path: string): Profile => {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new Fault('cli/usage', `${path}: ${cause instanceof Error ? cause.message : 'cannot be read'}`, { cause });
  }
  try {
    return parseProfile(value);
  } catch (cause) {
    if (!(cause instanceof Fault)) throw cause;
    throw new Fault(cause.code, `${path}: ${cause.message}`, { cause });
  }
};

/**
 * Checks a file that describes an instrument.
 *
 * @throws Fault that names the file, the point and what is wrong.
 */
export const checkProfile = (path: string, asJson: boolean): void => {
  const { profile, status, points } = readProfile(path);
  const count = Object.keys(points).length;
  if (asJson) return say(JSON.stringify({ profile, status, points: count }));
  say(`${path}: profile ${profile}, ${count} point${count === 1 ? '' : 's'}, ${status}`);
};
