import { describe, expect, it } from 'vitest';
import { compileTexts, createTestLog, head, problemsOf } from './testing.ts';

const signals = (more = '', clusters = 'probes: [ t1, t2, t3 ]') => `${head('Signals', 'room/s')}spec:
  inputs:
    t1: { point: room/front/temperature, maxAge: 15s }
    t2: { point: room/middle/temperature, maxAge: 15s }
    t3: { point: room/back/temperature, maxAge: 15s }
    rh: { point: room/front/humidity, maxAge: 15s }
    door: { point: room/door/open, maxAge: 15s }
  clusters: { ${clusters} }
  signals:
    hottest: { expr: 'max(probes.filter(t, has(t)))' }
${more}`;
const rule = (when: string) => `${head('Rule', 'room/r')}spec:
  use: { signals: room/s }
  when: '${when}'
  then: [ { request: { device: room/heater, value: on, level: control } } ]
  onUnknown: { hold: 1s, then: release }
`;

const start = (when = 'probes.exists(t, t > degC(30.0))') => {
  const plan = compileTexts([signals(), rule(when)]);
  const log = createTestLog(plan);
  return { ...log, ask: (text: string) => plan.query(text)(log.state), explain: () => plan.explain(log.state, 'room/heater') };
};

describe('a declared cluster', () => {
  it.each([
    ['probes.exists(t, t > degC(30.0))', true],
    ['probes.all(t, t > degC(30.0))', false],
    ['probes.exists_one(t, t > degC(30.0))', undefined],
    ['max(probes)', undefined],
    ['max(probes.filter(t, has(t)))', 31],
    ['hottest', 31],
    ['degC(20.0) in probes', true],
    ['probes.map(t, t - degC(20.0)).exists(d, d > K(10.0))', true],
  ])('stands for its readings, each of them known or not: %s is %s', (text, answer) => {
    const { read, ask } = start();
    read('front/temperature', 31);
    read('middle/temperature', 20);
    expect(ask(text)).toBe(answer);
  });

  it('moves a rule, and is shown with the value of each member', () => {
    const { read, requests, explain } = start();
    read('front/temperature', 20);
    read('middle/temperature', 20);
    read('back/temperature', 20);
    expect(requests('room/heater')).toEqual([]);
    read('back/temperature', 31);
    expect(requests('room/heater')).toEqual([true]);
    const parts = explain()?.expressions[0]?.parts.map(({ text, value }) => [text, value]);
    expect(parts).toEqual([
      ['t1', 20],
      ['t2', 20],
      ['t3', 31],
      ['probes.exists(t, t > degC(30.0))', true],
    ]);
  });

  it.each([
    ['', 'probes: [ t1, t9 ]', 't9'],
    ['', 't1: [ t2 ]', 't1, which is an input or a signal'],
    ["    s: { expr: 'probes + K(1.0)' }\n", 'probes: [ t1 ]', 'a list'],
    ["    s: { expr: 'max(probes)' }\n", 'probes: [ t1, rh ]', '%'],
    ["    s: { expr: 'probse.exists(t, t > degC(30.0))' }\n", 'probes: [ t1, t2 ]', 'probse'],
  ])('is refused at its place: %s%s', (more, clusters, found) => {
    expect(problemsOf([signals(more, clusters)]).map((problem) => problem.found)).toContainEqual(expect.stringContaining(found));
  });
});

describe('has()', () => {
  it.each([
    ['has(t1)', true],
    ['has(t2)', false],
    ['has(rh) || has(t1)', true],
    ['has(t2) ? t2 > degC(1.0) : false', false],
  ])('%s is %s, and never unknown', (text, answer) => {
    const { read, ask } = start();
    read('front/temperature', 31);
    expect(ask(text)).toBe(answer);
  });

  it('asks for a name', () => {
    expect(problemsOf([signals("    s: { expr: 'has(t1 + K(1.0))' }\n")])[0]).toMatchObject({ expected: 'a name, such as has(leaf)' });
    expect(problemsOf([signals("    s: { expr: 'has(t8)' }\n")])[0]).toMatchObject({ found: 't8' });
  });
});
