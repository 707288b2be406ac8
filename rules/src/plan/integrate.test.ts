import { describe, expect, it } from 'vitest';
import { millis } from '@phloem/protocol';
import { compileTexts, createTestLog, device, head, problemsOf, room } from './testing.ts';

const site = { ...room, devices: [device('room/comp'), device('room/defrost'), device('room/pump', { minOff: millis(0) })] };
const rule = (when: string): string => `${head('Rule', 'room/defrosting')}spec:
  use: { signals: room/s }
  when: '${when}'
  then: [ { request: { device: room/defrost, value: on, level: control } } ]
  onUnknown: { hold: 1min, then: release }
`;
const signals = (integrate: string, more = ''): string => `${head('Signals', 'room/s')}spec:
  inputs: { ppfd: { point: room/front/ppfd, maxAge: 1h } }
  signals:
    running: { expr: 'actual("room/comp")' }
    share: { expr: 'running ? 1.0 : 0.0' }
${more}    ran: { integrate: ${integrate} }
`;
const hour = 3600;
const start = (text: string, from?: number) => {
  const log = createTestLog(compileTexts([text, rule('ran > 1.5')], site), from);
  log.device('room/comp', 'confirmed', true);
  log.device('room/defrost', 'confirmed', false);
  return log;
};

describe('a sum over time', () => {
  it.each(['running', 'share'])('of %s: running hours since the last defrost, counted from its end', (of) => {
    const log = start(signals(`{ of: ${of}, resetWhen: 'actual("room/defrost")', unit: h }`));
    log.pass(hour);
    expect(log.values.get('room/s/ran')).toBeCloseTo(1, 2);
    log.pass(hour);
    expect(log.requests('room/defrost').at(-1)).toBe(true);
    log.device('room/defrost', 'confirmed', true);
    log.pass(10);
    expect(log.values.get('room/s/ran')).toBe(0);
    log.pass(hour);
    expect(log.values.get('room/s/ran')).toBe(0);
    log.device('room/defrost', 'confirmed', false);
    log.pass(hour);
    expect(log.values.get('room/s/ran')).toBeCloseTo(1, 2);
  });

  it('counts nothing while the condition does not hold, and is in minutes where that is its unit', () => {
    const log = start(signals(`{ of: running, resetWhen: 'actual("room/defrost")', unit: min }`));
    log.pass(600);
    log.device('room/comp', 'confirmed', false);
    log.pass(600);
    expect(log.values.get('room/s/ran')).toBeCloseTo(10, 1);
  });

  it('starts again at a moment as well as by a condition', () => {
    // 2027-01-15T08:00:00Z is 09:00 in Berlin.
    const log = start(signals(`{ of: running, resetAt: "10:00", resetWhen: 'actual("room/defrost")', unit: min }`));
    log.pass(hour + 60);
    expect(log.values.get('room/s/ran')).toBeCloseTo(1, 0);
  });

  it('of a week begins on Monday, and of a month on the 1st', () => {
    // Sunday, 31 January 2027, 23:30 in Berlin: a month and a week end together.
    const sunday = Date.UTC(2027, 0, 31, 22, 30);
    for (const every of ['week', 'month']) {
      const log = start(signals(`{ of: running, resetAt: "00:00", resetEvery: ${every}, unit: min }`), sunday);
      log.pass(29 * 60);
      expect(log.values.get('room/s/ran')).toBeGreaterThan(28);
      log.pass(120);
      expect(log.values.get('room/s/ran')).toBeLessThan(2);
    }
    // A Tuesday is neither.
    const tuesday = Date.UTC(2027, 1, 2, 22, 30);
    for (const every of ['week', 'month']) {
      const log = start(signals(`{ of: running, resetAt: "00:00", resetEvery: ${every}, unit: min }`), tuesday);
      log.pass(31 * 60);
      expect(log.values.get('room/s/ran')).toBeGreaterThan(30);
    }
  });

  it('goes on from a saved state', () => {
    const plan = compileTexts([signals(`{ of: running, resetWhen: 'actual("room/defrost")', unit: h }`), rule('ran > 1.5')], site);
    const [whole, cut] = [createTestLog(plan), createTestLog(plan)];
    for (let i = 0; i < 40; i++) {
      for (const log of [whole, cut]) {
        log.device('room/comp', 'confirmed', i % 3 > 0);
        log.device('room/defrost', 'confirmed', i % 11 === 10);
        log.pass(61);
      }
      cut.state = plan.restore(plan.save(cut.state));
    }
    expect(plan.hashState(cut.state)).toBe(plan.hashState(whole.state));
  });

  it.each([
    ['no reset at all', `{ of: running, unit: h }`, 'resetAt (a moment, such as "06:00") or resetWhen (a condition)', 'neither'],
    [
      'a month without a moment',
      `{ of: running, resetWhen: 'running', resetEvery: month, unit: h }`,
      'resetAt beside it, such as "00:00"',
      'nothing',
    ],
    ['hours of a condition in kWh', `{ of: running, resetAt: "00:00", unit: kWh }`, 'h or min or s or d', 'kWh'],
    ['light in hours', `{ of: ppfd, resetAt: "00:00", unit: h }`, 'mol/m² or mol/m2 or µmol/m²/s·h', 'h'],
    ['a reset that is a number', `{ of: running, resetWhen: 'share', unit: h }`, 'a condition', 'number'],
    ['a moment as condition', `{ of: running, resetWhen: lights-on, unit: h }`, 'a condition', 'lights-on'],
    ['a word as reset', `{ of: running, reset: 'running', unit: h }`, 'a known key', 'reset'],
  ])('refuses %s', (_, integrate, expected, found) => {
    expect(problemsOf([signals(integrate)], site).map((problem) => [problem.expected, problem.found])).toContainEqual([expected, found]);
  });
});

describe('counters', () => {
  const counted = `    starts: { counter: { of: 'running' } }
    aFirst: { expr: 'starts % 2 == 0' }
    third: { expr: '(starts + 1) % 3 == 0' }
    half: { expr: 'starts / 2.0' }
`;
  it('are whole numbers, of which every other and every third can be distinguished', () => {
    const log = start(signals(`{ of: running, resetAt: "00:00", unit: h }`, counted));
    const seen: (readonly unknown[])[] = [];
    for (let i = 0; i < 5; i++) {
      log.device('room/comp', 'confirmed', i % 2 === 0);
      log.pass(1);
      seen.push(['starts', 'aFirst', 'third', 'half'].map((name) => log.values.get(`room/s/${name}`)));
    }
    expect(seen).toEqual([
      [0, true, false, 0],
      [0, true, false, 0],
      [1, false, false, 0.5],
      [1, false, false, 0.5],
      [2, true, true, 1],
    ]);
  });

  it('are the only names beside %, and an error names what may have a fraction', () => {
    const wrong = counted.replace('starts % 2', 'share % 2');
    expect(problemsOf([signals(`{ of: running, resetAt: "00:00", unit: h }`, wrong)], site)).toMatchObject([
      {
        expected: 'a whole number beside %, such as a counter or 2',
        found: 'a number that may have a fraction',
        hint: 'only counters and numbers without a decimal point are whole',
      },
    ]);
  });

  it('stand in `unless` as any condition does', () => {
    const text = rule('ran > 1.5').replace('  then:', "  unless: [ { expr: '!aFirst', reason: not its turn } ]\n  then:");
    expect(() => compileTexts([signals(`{ of: running, resetAt: "00:00", unit: h }`, counted), text], site)).not.toThrow();
  });
});

describe('a hint', () => {
  const hintsOf = (texts: readonly string[]) => problemsOf(texts, site).map(({ hint }) => hint);
  it.each([
    [`{ of: running, reset: 'running', unit: h }`, 'resetWhen with a condition, or resetAt with a moment'],
    [`{ of: ppfd, resetAt: "00:00", unit: "mol/m3" }`, 'did you mean mol/m²?'],
    [`{ of: running, resetWhen: "06:00", unit: h }`, 'write resetAt: 06:00'],
  ])('for %s is %s', (integrate, hint) => {
    expect(hintsOf([signals(integrate)])).toContain(hint);
  });

  it.each([
    ['trigger: x', 'when: a rule is a condition that holds or does not, not an event'],
    ['actions: []', 'then'],
    ['else: []', 'a second rule with a lower level: it rules where this one asks for nothing'],
    ['limits: []', 'caps'],
  ])('for a rule with %s is %s', (key, hint) => {
    expect(
      hintsOf([signals(`{ of: running, resetAt: "00:00", unit: h }`), rule('ran > 1.5').replace('  then:', `  ${key}\n  then:`)]),
    ).toContain(hint);
  });
});

describe('a problem is reported once', () => {
  it('also where other documents use the name that it broke', () => {
    const text = rule('!broken && ran > 1.5');
    const problems = problemsOf(
      [
        signals(`{ of: running, resetAt: "00:00", unit: h }`, `    broken: { expr: 'nothing > 1.0' }\n    next: { expr: '!broken' }\n`),
        text,
      ],
      site,
    );
    expect(problems.map(({ found }) => found)).toEqual(['nothing']);
  });

  it('also where a whole document cannot be read', () => {
    const problems = problemsOf([signals(`{ of: running, resett: 'running', unit: h }`), rule('ran > 1.5')], site);
    expect(problems.map(({ found }) => found)).toEqual(['resett']);
  });
});
