import { statSync } from 'node:fs';
import { Fault, quantities } from '@phloem/protocol';
import { type Profile, type ProfilePoint, readProfile, readProfiles } from '@phloem/backend/documents';
import { printText } from './print.ts';

const say = printText;

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

const toType = ({ type, wordOrder, bit, bits, mask, byte, invert }: ProfilePoint): string =>
  [
    type,
    wordOrder,
    bit === undefined ? undefined : `bit ${bit}`,
    bits === undefined ? undefined : `bits ${bits.join(' to ')}`,
    mask === undefined ? undefined : `mask 0x${mask.toString(16)}`,
    byte === undefined ? undefined : `${byte} byte`,
    invert === true ? 'inverted' : undefined,
  ]
    .filter((part) => part !== undefined)
    .join(', ');

const toRow = (name: string, point: ProfilePoint): readonly string[] => [
  name,
  `${point.table} ${point.address}`,
  point.vendorAddress ?? '',
  toType(point),
  point.scale === undefined ? '' : `× ${point.scale}`,
  quantities[point.quantity].unit,
  point.access,
  point.title,
];

/** What a profile says, for people: what it describes, by which document, and what its registers mean. */
export const describeProfile = ({ title, maker, version, status, source, points, notes }: Profile): readonly string[] => [
  `${title}${maker === undefined ? '' : `, ${maker}`} (version ${version}, ${status})`,
  [source.document, source.edition, source.page === undefined ? undefined : `page ${source.page}`, source.url].filter(Boolean).join(', '),
  '',
  ...toTable([
    ['point', 'register', 'vendor', 'type', 'scale', 'unit', 'access', 'title'],
    ...Object.entries(points).map(([point, described]) => toRow(point, described)),
  ]),
  ...(notes === undefined ? [] : ['', notes]),
];

/**
 * Shows what the registers of one kind of instrument mean.
 *
 * @throws Fault `cli/usage` when there is no such profile.
 */
export const showProfile = (name: string, asJson: boolean): void => {
  const profile = readProfiles().find((candidate) => candidate.profile === name);
  if (profile === undefined) throw new Fault('cli/usage', `there is no profile ${name}: phloem profile list shows all`);
  if (asJson) return say(JSON.stringify(profile, null, 2));
  for (const line of describeProfile(profile)) say(line);
};

/**
 * Checks a file that describes an instrument.
 *
 * @throws Fault that names the file, the point and what is wrong.
 */
export const checkProfile = (path: string, asJson: boolean): void => {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) throw new Fault('cli/usage', `there is no file ${path}`);
  // A pipe that nobody writes to would keep this waiting for ever.
  if (!found.isFile()) throw new Fault('cli/usage', `${path} is no file; give the JSON file of a profile`);
  const { profile, status, points } = readProfile(path);
  const count = Object.keys(points).length;
  if (asJson) return say(JSON.stringify({ profile, status, points: count }));
  say(`${path}: profile ${profile}, ${count} point${count === 1 ? '' : 's'}, ${status}`);
};
