import { Fault, fromDayText, fromIsoText, type PointId } from '@phloem/protocol';

const withZone = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2}))?$/;

/**
 * A moment of the command line in milliseconds since 1970: a date, which begins at midnight in UTC, or a time with its zone.
 *
 * @throws Fault `cli/usage`.
 */
export function parseMoment(text: string, option: string): number {
  const isMoment = withZone.test(text) && !Number.isNaN(fromDayText(text.slice(0, 10)));
  const at = isMoment ? fromIsoText(text) : Number.NaN;
  if (Number.isNaN(at)) {
    throw new Fault('cli/usage', `${option} ${text}: give a date such as 2026-03-01, or a time with its zone such as 2026-03-01T06:00Z`);
  }
  return at;
}

/**
 * Which points a list of the command line means. A `*` stands for one part of an id.
 *
 * @throws Fault `cli/usage`.
 */
export function parsePoints(text: string): (point: PointId) => boolean {
  const patterns = text.split(',').map((part) => part.trim());
  const wrong = patterns.find((pattern) => !/^([a-z0-9_]+|\*)(\/([a-z0-9_]+|\*)){2}$/.test(pattern));
  if (wrong !== undefined) {
    throw new Fault(
      'cli/usage',
      `--points ${wrong}: a point is <location>/<cluster>/<measurement>, such as flower_room/front/temperature; * stands for one part`,
    );
  }
  const parts = patterns.map((pattern) => pattern.split('/'));
  return (point) => {
    const own = point.split('/');
    return parts.some((pattern) => pattern.every((part, index) => part === '*' || part === own[index]));
  };
}
