import { createTimeZone, isFault, timeZoneNames } from '@phloem/protocol';
import type { Daylight } from '../documents/setpoints.ts';
import type { Path, SourceDocument } from '../documents/source.ts';
import { parseEnd, parseMoment, type Moment } from '../nodes/moment.ts';
import { createSiteClock, type SiteClock } from '../nodes/site-clock.ts';
import type { Place } from '../nodes/sun.ts';
import { hintForName } from '../documents/problem.ts';
import { parseDuration } from '../units/units.ts';
import type { Builder } from './builder.ts';

/** The clock of a document: its own time zone or the site's, its lights or the sun. */
export const createDaylight = (daylight: Daylight, source: SourceDocument, builder: Builder): SiteClock | undefined => {
  const { clock, dst = 'keep-duration' } = daylight;
  const on = clock?.mode === 'lights' ? moment(clock.on, source, ['spec', 'clock', 'on'], builder) : undefined;
  try {
    const zone = createTimeZone(daylight.timezone ?? builder.site.timeZone);
    const place = toPlace(daylight.place);
    const rest = { zone, dst, ...(place === undefined ? {} : { place }) };
    if (clock?.mode === 'sun') return createSiteClock({ ...rest, day: { mode: 'sun', latitude: clock.lat, longitude: clock.lon } });
    // Without a clock there are no lights, and moments that hang on them are refused where they are written.
    if (clock === undefined || on === undefined) return createSiteClock({ ...rest, day: { mode: 'lights', on: unlit, durationMs: 0 } });
    return createSiteClock({ ...rest, day: { mode: 'lights', on, durationMs: parseDuration(clock.duration) ?? 0 } });
  } catch (error) {
    if (!isFault(error, 'rules/invalid')) throw error;
    const hint = hintForName(daylight.timezone ?? '', timeZoneNames());
    builder.complain(source, ['spec', 'timezone'], { expected: 'a time zone, such as Europe/Amsterdam', found: error.message, hint });
    return undefined;
  }
};

// Its anchor is its own: the clock refuses it as soon as somebody asks when the lights go on.
const unlit: Moment = { anchor: 'lights-on', timeOfDayMs: 0, offsetMs: 0 };

/** Reads a moment that the schema has let in; undefined, and a problem, when it cannot be. */
export const moment = (written: string, source: SourceDocument, path: Path, builder: Builder): Moment | undefined =>
  readMoment(parseMoment(written), written, source, path, builder);

/** Reads a moment at which something ends, like the above. */
export const end = (written: string, source: SourceDocument, path: Path, builder: Builder): Moment | undefined =>
  readMoment(parseEnd(written), written, source, path, builder);

const readMoment = (
  read: Moment | undefined,
  written: string,
  source: SourceDocument,
  path: Path,
  builder: Builder,
): Moment | undefined => {
  if (read === undefined)
    builder.complain(source, path, { expected: 'a moment within a day, such as sunrise + 30min', found: JSON.stringify(written) });
  return read;
};

/** Runs what makes a node out of moments; what the clock cannot say becomes a problem at that place. */
export const tryMoments = <T>(create: () => T, source: SourceDocument, path: Path, builder: Builder): T | undefined => {
  try {
    return create();
  } catch (error) {
    if (!(error instanceof RangeError) && !isFault(error, 'rules/invalid')) throw error;
    builder.complain(source, path, {
      expected: 'moments that the clock knows',
      found: error.message,
      hint: 'give clock: { mode: lights, … }, or place: { lat, lon }, in spec',
    });
    return undefined;
  }
};

const toPlace = (place: Daylight['place']): Place | undefined =>
  place === undefined ? undefined : { latitude: place.lat, longitude: place.lon };
