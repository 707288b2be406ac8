import { describe, expect, it } from 'vitest';
import { compileTexts, createTestLog, device, head, problemsOf, room } from './testing.ts';

const devices = ['one', 'two', 'three'].map((name) => device(`room/${name}`));
const site = { ...room, devices: [...devices, device('room/valve', { kind: 'percent', fallback: 0 })] };
const signals = `${head('Signals', 'room/s')}spec:
  inputs: { temp: { point: room/front/temperature, maxAge: 15s }, door: { point: room/door/open, maxAge: 1h } }
  signals: { stages: { expr: 'temp > degC(30.0) ? 2.0 : (temp > degC(25.0) ? 1.0 : 0.0)' } }
`;
const turns = (rest = '', needed = 'stages'): string => `${head('LeadLag', 'room/cool')}spec:
  use: { signals: room/s }
  devices: [ room/one, { device: room/two, unless: door, reason: out of service }, room/three ]
  needed: '${needed}'
${rest}  level: control
  onUnknown: { hold: 30s, then: release, alarm: { priority: P2, text: "blind" } }
`;
const start = (text = turns()) => {
  const plan = compileTexts([signals, text], site);
  const log = createTestLog(plan);
  const written = new Map<string, unknown>();
  for (const { id } of devices) log.device(id, 'confirmed', false);
  log.read('door/open', false);
  const follow = (): void => {
    for (const { id } of devices) {
      const request = log.requests(id).at(-1) ?? false;
      if (written.get(id) !== request) for (const phase of ['written', 'confirmed']) log.device(id, phase, request);
      written.set(id, request);
    }
  };
  return {
    plan,
    log,
    run: (seconds: number, temperature: number | null) => {
      for (let i = 0; i < seconds; i++) {
        log.pass(1, () => log.read('front/temperature', temperature));
        follow();
      }
      return devices.map(({ id }) => (log.requests(id).at(-1) === true ? 1 : 0)).join('');
    },
  };
};

describe('a LeadLag document', () => {
  it('runs as many as are needed, and says how many to people', () => {
    const { run, log } = start();
    expect(run(60, 26)).toBe('100');
    expect(run(60, 31)).toBe('110');
    expect(log.values.get('room/cool')).toBe(2);
    expect(run(60, 20)).toBe('000');
    expect(run(60, 26)).toBe('001');
  });

  it('says why each device runs, stands by, or is out', () => {
    const { run, plan, log } = start();
    run(3600, 26);
    const why = (name: string) => plan.explain(log.state, `room/${name}`)?.because;
    expect(why('one')).toBe('room/cool asks for on: 1 of 3 needed, and it has 1.0 h');
    expect(why('two')).toBe('room/cool does not ask for on: 1 of 3 needed, and it stands by with 0.0 h');
    log.read('door/open', true);
    log.take({ kind: 'override', device: 'room/three', by: { kind: 'user', id: 'anna' }, value: false, forMs: 600_000, reason: 'test' });
    run(2, 26);
    expect(why('two')).toBe('room/cool does not ask for on: 1 of 3 needed, and it is out: out of service');
    expect(why('three')).toBe('room/cool does not ask for on: 1 of 3 needed, and it is off by override');
    expect(plan.explain(log.state, 'room/one')?.nodes.map(({ type }) => type)).toContain('lead-lag hours');
  });

  it('lets another device stand in for one that fails', () => {
    const { run, log, plan } = start();
    expect(run(60, 26)).toBe('100');
    log.device('room/one', 'failed', null);
    expect(run(40, 26)).toBe('010');
    expect(plan.explain(log.state, 'room/one')?.because).toContain('another stands in for it');
  });

  it('holds what runs while it does not know, then releases it, with an alarm', () => {
    const { run, log } = start();
    run(60, 26);
    expect(run(25, null)).toBe('100');
    expect(run(20, null)).toBe('000');
    expect(log.alarms).toMatchObject([{ alarm: 'room/cool/unknown', state: 'active' }]);
  });

  it('goes on from a saved state, at every cut, and hands its hours over to another bundle', () => {
    const script = (each: ReturnType<typeof start>, i: number): void => {
      if (i % 7 === 3) each.log.device('room/one', 'failed', null);
      if (i % 5 === 2) each.log.read('door/open', i % 2 === 0);
      each.run(37, [20, 26, 31, null][i % 4] ?? null);
    };
    const [whole, cut] = [start(), start()];
    for (let i = 0; i < 40; i++) {
      for (const each of [whole, cut]) script(each, i);
      cut.log.state = cut.plan.restore(cut.plan.save(cut.log.state));
    }
    expect(cut.plan.hashState(cut.log.state)).toBe(whole.plan.hashState(whole.log.state));
    expect(cut.log.decisions).toEqual(whole.log.decisions);
    const other = compileTexts([signals, turns('  between: 1min\n')], site);
    expect(other.takeOver(whole.plan.save(whole.log.state)).handOver).toMatchObject({
      carried: ['room/cool#unknown', 'room/cool#turns'],
      fresh: [],
    });
  });

  it('takes a condition for one device, and steers the locations of its devices', () => {
    const { run } = start(turns('', 'temp > degC(25.0)'));
    expect(run(60, 26)).toBe('100');
    expect(start(turns().replace("'stages'", '2')).run(60, 26)).toBe('110');
  });

  it.each([
    ['a number with a unit as needed', turns('', 'temp'), 'how many devices, or a condition', '°C'],
    ['a device twice', turns().replace('room/three', 'room/one'), 'each device once', 'room/one'],
    ['a device that is not there', turns().replace('room/three', 'room/tree'), 'a device of the site', 'room/tree'],
    [
      'more than there can be',
      turns('', '99').replace("needed: '99'", 'needed: 99'),
      'how many have to run: a whole number, or an expression in quotes',
      '99',
    ],
    ['half a switch', turns('  value: 50\n'), 'on or off: room/one is a switch', '50'],
    ['another word for hours', turns('  rotate: { by: hour }\n'), 'hours or starts', '"hour"'],
    ['one device alone', turns().replace(/devices: .*/, 'devices: [ room/one ]'), 'at least 2 items', '1'],
    ['a condition of a name that is not there', turns().replace('unless: door', 'unless: dor'), 'a known name', 'dor'],
  ])('refuses %s', (_, text, expected, found) => {
    expect(problemsOf([signals, text], site).map((problem) => [problem.expected, problem.found])).toContainEqual([expected, found]);
  });

  it('is refused beside a rule that writes the same device on the same level', () => {
    const rule = `${head('Rule', 'room/other')}spec:
  when: 'true'
  then: [ { request: { device: room/two, value: on, level: control } } ]
  onUnknown: { hold: 1min, then: release }
`;
    expect(problemsOf([signals, turns(), rule], site).map(({ expected }) => expected)).toEqual([
      'one writer for room/two, whose merge is exclusive',
    ]);
  });
});
