import { describe, expect, it } from 'vitest';
import { createJsonSchema } from '../json-schemas.ts';
import { compileTexts, createTestLog, head, problemsOf, told } from './testing.ts';

const rule = (when: string): string => `${head('Rule', 'room/pump')}spec:
  when: ${when}
  then: [ { request: { device: other/pump, value: on, level: schedule } } ]
  onUnknown: { hold: 10s, then: off }
`;
const inWindow = (window: string): string => rule(`{ schedule: [ ${window} ] }`);
const lights = `${head('Setpoints', 'room/day')}spec:
  clock: { mode: lights, on: "06:00", duration: 12h }
  setpoints: { temp: "25 °C" }
`;
/** At which of the given instants the pump is requested on. */
const requestedAt = (when: string, instants: readonly string[]): readonly unknown[] =>
  instants.map((instant) => {
    const log = createTestLog(compileTexts([rule(when)]), Date.parse(instant));
    log.pulse();
    return log.requests('other/pump').at(-1) ?? false;
  });

describe('schedules in documents', () => {
  it('[SC7] every 2d is on every second day of the calendar from its first day on, over the end of a month and a change', () => {
    const days = ['02-27', '02-28', '03-01', '03-02', '03-03', '03-28', '03-29', '03-30', '03-31'];
    const instants = days.map((day) => `2026-${day}T07:05:00${day > '03-28' ? '+02:00' : '+01:00'}`);
    const when = '{ schedule: [ { from: "07:00", to: "07:10", every: 2d, startingOn: 2026-03-01 } ] }';
    expect(requestedAt(when, instants)).toEqual([false, false, true, false, true, false, true, false, true]);
  });

  it('[SC7] every 3d over midnight belongs to the day on which it begins', () => {
    const when = '{ schedule: [ { from: "23:00", to: "01:00", every: 3d, startingOn: 2026-03-01 } ] }';
    const instants = ['2026-03-01T00:30+01:00', '2026-03-02T00:30+01:00', '2026-03-04T23:30+01:00', '2026-03-05T00:30+01:00'];
    expect(requestedAt(when, instants)).toEqual([false, true, true, true]);
  });

  it('an end may be 24:00', () => {
    const when = '{ schedule: [ { from: "22:00", to: "24:00", days: [ friday ] } ] }';
    expect(requestedAt(when, ['2026-03-06T23:59:59+01:00', '2026-03-07T00:00+01:00', '2026-03-07T23:00+01:00'])).toEqual([
      true,
      false,
      false,
    ]);
  });

  it.each([
    ['{ from: "22:00", to: "06:00", days: [ mon ] }', 'did you mean monday?', 'days[0]'],
    ['{ from: "22:00", to: "06:00", days: [ mo ] }', 'did you mean monday?', 'days[0]'],
    ['{ from: "22:00", to: "06:00", days: [ Tue ] }', 'did you mean tuesday?', 'days[0]'],
    ['{ from: "22:00", to: "06:00", days: [ Monday ] }', 'did you mean monday?', 'days[0]'],
    ['{ from: "24:00", to: "06:00" }', 'only an end may be "24:00": a day begins at "00:00"', 'from'],
    ['{ from: "6:00", to: "08:00" }', 'write the hour with two digits, such as "06:00"', 'from'],
    ['{ from: "06:00", to: "8:00" }', 'write the hour with two digits, such as "06:00"', 'to'],
    ['{ from: "06:00", to: "6 pm" }', 'write it by the 24-hour clock, such as "18:00"', 'to'],
    ['{ from: "08:00", to: "08:00" }', 'a whole day is from "00:00" to "24:00"', 'to'],
    ['{ from: "08:00", to: "08:10", every: 2w, startingOn: 2026-03-01 }', 'write weeks as days: 7d, 14d', 'every'],
  ])('%s: %s', (window, hint, key) => {
    const [problem, ...others] = problemsOf([inWindow(window)]);
    expect(others).toEqual([]);
    expect(problem).toMatchObject({ hint, path: `spec.when.schedule[0].${key}` });
  });

  it.each([
    ['{ from: "06:00 - 20h", to: "06:00 + 20h" }', 'a window of at most 24 h', '06:00 - 20h to 06:00 + 20h, which is 40 h'],
    ['{ from: lights-on - 8h, to: lights-off + 8h }', 'a window of at most 24 h', 'lights-on - 8h to lights-off + 8h, which is 28 h'],
    ['{ from: "08:00 + 4h", to: "10:00" }', 'an end after the beginning', '08:00 + 4h to 10:00'],
    ['{ from: "08:00", to: "09:00", every: 2d }', 'startingOn beside every: the first day, such as 2026-03-01', 'none'],
    ['{ from: "08:00", to: "09:00", startingOn: 2026-03-01 }', 'every beside startingOn, such as 2d', 'none'],
    ['{ from: "08:00", to: "09:00", every: 2d, startingOn: 2026-02-30 }', 'a day of the calendar, such as 2026-03-01', '2026-02-30'],
    ['{ from: "08:00", to: "09:00", days: [ monday ], every: 2d, startingOn: 2026-03-01 }', 'either days or every', 'both'],
    ['{ from: "08:00", to: "09:00", every: 36h, startingOn: 2026-03-01 }', 'a number of days from 1d to 366d, such as 2d', '"36h"'],
    ['{ from: "08:00", to: "09:00", every: 0d, startingOn: 2026-03-01 }', 'a number of days from 1d to 366d, such as 2d', '"0d"'],
  ])('%s: expected %s', (window, expected, found) => {
    const [problem, ...others] = problemsOf([lights, inWindow(window)]);
    expect(others).toEqual([]);
    expect(problem).toMatchObject({ expected, found });
  });

  it('[SC7] reports a window by which days it goes', () => {
    const plan = compileTexts([inWindow('{ from: "07:00", to: "07:10", every: 2d, startingOn: 2026-03-01 }')]);
    const log = createTestLog(plan, Date.parse('2026-03-01T07:05:00+01:00'));
    log.pulse();
    expect(told(log.decisions[0]?.why)).toContain('within 07:00 to 07:10, every 2d from 2026-03-01');
  });
});

describe('duty cycles in documents', () => {
  const signals = `${head('Signals', 'room/s')}spec:
  inputs: { door: { point: room/door/open, maxAge: 600s } }
  signals:
    pulse: { cycle: { on: 10s, off: 50s, while: '!door' } }
`;
  const bySignal = `${head('Rule', 'room/pump')}spec:
  use: { signals: room/s }
  when: pulse
  then: [ { request: { device: other/pump, value: on, level: schedule } } ]
  onUnknown: { hold: 1s, then: off }
`;
  const byRule = bySignal.replace('when: pulse', "when: { cycle: { on: 10s, off: 50s, while: '!door' } }");

  it.each([
    ['a signal', bySignal],
    ['a rule', byRule],
  ])('[SC8] as %s: on for 10 s in each minute while its condition holds', (_, text) => {
    const log = createTestLog(compileTexts([signals, text]));
    let onFor = 0;
    log.read('door/open', false);
    log.pass(179, () => {
      if (log.requests('other/pump').at(-1) === true) onFor += 1;
    });
    expect(log.requests('other/pump').filter((value) => value === true)).toHaveLength(3);
    expect(onFor).toBe(30);
    log.read('door/open', true);
    log.pass(60);
    expect(log.requests('other/pump').filter((value) => value === true)).toHaveLength(3);
    expect(log.requests('other/pump').at(-1)).not.toBe(true);
  });

  it('[SC8] goes on in a saved state, and moves with no wall clock', () => {
    const plan = compileTexts([rule('{ cycle: { on: 10s, off: 50s } }')]);
    const log = createTestLog(plan, Date.parse('2026-03-29T00:59:30Z'));
    log.pulse();
    log.pass(25);
    log.state = plan.restore(plan.save(log.state));
    log.pass(34);
    expect(log.requests('other/pump')).toHaveLength(2);
    log.pass(1);
    expect(log.requests('other/pump').at(-1)).toBe(true);
  });

  it('says in which phase it is, and that its condition does not hold', () => {
    const log = createTestLog(compileTexts([signals, byRule]));
    log.read('door/open', false);
    log.pass(12);
    log.pass(50);
    log.read('door/open', true);
    log.pulse();
    const whys = log.decisions.map(({ why }) => told(why));
    expect(whys[0]).toContain('room/pump asks for on: in the on phase of 10s on, 50s off');
    expect(whys[1]).toContain('in the off phase of 10s on, 50s off');
    expect(whys[3]).toContain('door');
  });

  it('refuses lengths below a second, and one length alone', () => {
    expect(problemsOf([rule('{ cycle: { on: 250ms, off: 8min } }')])).toMatchObject([
      { expected: 'at least 1s', path: 'spec.when.cycle.on' },
    ]);
    expect(problemsOf([rule('{ cycle: { on: 10s, off: 0s } }')])).toMatchObject([{ expected: 'at least 1s', path: 'spec.when.cycle.off' }]);
    expect(problemsOf([rule('{ cycle: { on: 10s } }')])[0]?.expected).toContain('off');
  });

  it('stands in the schema that editors use', () => {
    const schema = JSON.stringify(createJsonSchema());
    expect(['"cycle"', '"every"', '"startingOn"', '24:00', '"hints"'].map((word) => schema.includes(word))).toEqual([
      true,
      true,
      true,
      true,
      false,
    ]);
  });
});
