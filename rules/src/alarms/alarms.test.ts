import { describe, expect, it } from 'vitest';
import { renderReason } from '@phloem/protocol';
import { readBundle } from '../bundle.ts';
import { DocumentFault } from '../documents/problem.ts';
import { device, room } from '../plan/testing.ts';
import { compileAlarms } from './compile-alarms.ts';
import type { AlarmFinding } from './alarm-definition.ts';
import { createAlarmLog } from './testing.ts';

const toText = (finding: AlarmFinding | undefined): string | undefined => finding && renderReason(finding.why, { time: String });

const point = 'room/front/temperature';
const signals = `apiVersion: phloem/v1
kind: Signals
metadata: { id: room/signals }
spec:
  inputs:
    t: { point: room/front/temperature, maxAge: 30s }
    door: { point: room/door/open, maxAge: 30s }
  signals:
    temp: { expr: 't', title: Air temperature }
`;
const alarm = (spec: string): string => `apiVersion: phloem/v1
kind: Alarm
metadata: { id: room/too-warm }
spec:
  use: { signals: room/signals }
${spec.replaceAll(/^/gm, '  ')}
`;
const setpoints = (band: string, more = ''): string => `apiVersion: phloem/v1
kind: Setpoints
metadata: { id: room/climate }
spec:
  setpoints: { temp: "25 °C" }
  bands:
    temp: { target: "±1.0 K", alarm: ${band} }
${more}`;

const compile = (...documents: readonly string[]) =>
  compileAlarms(readBundle([{ path: 'bundle.yaml', text: documents.join('---\n') }]), room);
const open = (...documents: readonly string[]) => createAlarmLog(compile(signals, ...documents));
const problemsOf = (...documents: readonly string[]): readonly string[] => {
  try {
    compile(signals, ...documents);
    return [];
  } catch (error) {
    if (!(error instanceof DocumentFault)) throw error;
    return error.problems.map(({ path, expected, found }) => `${path}: ${expected}, found ${found}`);
  }
};

describe('an Alarm document', () => {
  const freezer = alarm(`when: { expr: 't > degC(-15.0)', for: { on: 30min } }
priority: P1
text: Freezer above -15 °C
guidance: { cause: Door open, consequence: Samples thaw, action: Close the door }`);

  it('raises its alarm after its condition has held for its time, with the values in the reason', () => {
    const log = open(freezer);
    log.pass(1799, { [point]: -12.5 });
    expect(log.active()).toEqual([]);
    log.pass(2, { [point]: -12.5 });
    expect(log.active()).toEqual(['room/too-warm']);
    expect(toText(log.find('room/too-warm'))).toBe('Freezer above -15 °C: t -12.50 °C > -15.00 °C');
    expect(log.find('room/too-warm')?.definition).toMatchObject({
      priority: 'P1',
      points: [point],
      locations: ['room'],
      isShelvable: true,
      guidance: { cause: 'Door open', consequence: 'Samples thaw', action: 'Close the door' },
    });
    log.pass(1, { [point]: -20 });
    expect(log.active()).toEqual([]);
  });

  it('goes on after a restart from what it remembered', () => {
    const plan = compile(signals, freezer);
    const log = createAlarmLog(plan);
    log.pass(1700, { [point]: -12.5 });
    log.state = plan.restore(plan.save(log.state));
    log.pass(101, { [point]: -12.5 });
    expect(log.active()).toEqual(['room/too-warm']);
  });

  it('takes its state over into changed documents', () => {
    const plan = compile(signals, freezer);
    const log = createAlarmLog(plan);
    log.pass(1801, { [point]: -12.5 });
    const changed = compile(signals, freezer.replace('priority: P1', 'priority: P2').replace('30min', '31min'));
    const next = createAlarmLog(changed);
    next.state = changed.takeOver(plan.save(log.state));
    next.take({ kind: 'pulse', up: 1_801_000 });
    expect(next.active()).toEqual(['room/too-warm']);
  });

  it('keeps what it was while its reading is lost, and says that it cannot be evaluated', () => {
    const log = open(
      alarm(`when: 't > degC(30.0)'
priority: P2
text: Too warm
onUnknown: { hold: 2min, alarm: { priority: P2, text: Probe dead } }`),
    );
    log.pass(5, { [point]: 31 });
    log.pass(100, { [point]: null });
    expect(log.active()).toEqual(['room/too-warm']);
    log.pass(30, { [point]: null });
    expect(log.active()).toEqual(['room/too-warm', 'room/too-warm/unknown']);
    expect(toText(log.find('room/too-warm/unknown'))).toBe('Probe dead: unknown for 2 min: Too warm: t unknown');
    log.pass(1, { [point]: 20 });
    expect(log.active()).toEqual([]);
  });

  it('says after five minutes that it never had a reading, without a word about it', () => {
    const log = open(alarm(`when: 't > degC(30.0)'\npriority: P2\ntext: Too warm`));
    log.pass(299);
    expect(log.active()).toEqual([]);
    log.pass(3);
    expect(log.active()).toEqual(['room/too-warm/unknown']);
  });

  it.each([
    ['raise', ['room/too-warm', 'room/too-warm/unknown']],
    ['clear', ['room/too-warm/unknown']],
  ])('does what onUnknown says then: %s', (then, expected) => {
    const log = open(alarm(`when: 't > degC(30.0)'\npriority: P2\ntext: Too warm\nonUnknown: { hold: 1min, then: ${then} }`));
    log.pass(5, { [point]: then === 'raise' ? 20 : 40 });
    log.pass(70, { [point]: null });
    expect(log.active()).toEqual(expected);
  });

  it('stays silent about what is unknown where its document ignores it', () => {
    const log = open(alarm(`when: 't > degC(30.0)'\npriority: P2\ntext: Too warm\nonUnknown: ignore\nshelvable: false`));
    log.pass(900);
    expect(log.active()).toEqual([]);
    expect(log.find('room/too-warm/unknown')).toBeUndefined();
    expect(log.find('room/too-warm')?.definition.isShelvable).toBe(false);
  });

  it('is suppressed while it is inhibited and for its release after, and its delay then starts again', () => {
    const log = open(
      alarm(`when: { hysteresis: { on: 't > degC(30.0)', off: 't < degC(29.0)' }, for: { on: 1min } }
priority: P2
text: Too warm
inhibitWhen: [ { expr: door, release: 2min, reason: door open } ]`),
    );
    log.pass(70, { [point]: 31, 'room/door/open': false });
    expect(log.active()).toEqual(['room/too-warm']);
    log.pass(1, { [point]: 31, 'room/door/open': true });
    expect(log.find('room/too-warm')).toMatchObject({ isActive: false, suppressed: 'door open' });
    log.pass(110, { [point]: 31, 'room/door/open': false });
    expect(log.find('room/too-warm')).toMatchObject({ isActive: false, suppressed: 'door open' });
    log.pass(60, { [point]: 31, 'room/door/open': false });
    expect(log.find('room/too-warm')).toMatchObject({ isActive: false, suppressed: null });
    log.pass(20, { [point]: 31, 'room/door/open': false });
    expect(log.active()).toEqual(['room/too-warm']);
  });

  it('is not silenced by a door contact that is dead', () => {
    const log = open(alarm(`when: 't > degC(30.0)'\npriority: P2\ntext: Too warm\ninhibitWhen: [ { expr: door } ]`));
    log.pass(5, { [point]: 31, 'room/door/open': true });
    expect(log.active()).toEqual([]);
    log.pass(40, { [point]: 31 });
    expect(log.active()).toEqual(['room/too-warm']);
  });

  it('refuses keys that it does not know, and ids that the hub uses', () => {
    expect(problemsOf(alarm(`when: 't > degC(30.0)'\npriority: P2\ntext: Too warm\nsound: loud`))).toEqual([
      'spec.sound: expected a known key, found sound'.replace('expected ', ''),
    ]);
    expect(problemsOf(alarm(`when: 't > degC(30.0)'\npriority: P2\ntext: Too warm`).replace('room/too-warm', 'bus/too-warm'))[0]).toMatch(
      /metadata.id: an id that does not begin with a word of the hub/,
    );
  });
});

describe('a limit of a band', () => {
  it('raises P2 by itself when a room is 9 K under it for a minute', () => {
    const log = open(setpoints('"±3.0 K"'));
    log.pass(60, { [point]: 13 });
    expect(log.active()).toEqual(['room/climate/temp/low']);
    const found = log.find('room/climate/temp/low');
    expect(found?.definition.priority).toBe('P2');
    expect(toText(found)).toBe('Air temperature 13.00 °C is below its alarm limit of 22.00 °C');
  });

  it('waits for its delays and goes only when the value is inside by the dead band', () => {
    const log = open(setpoints('{ limit: "±3.0 K", priority: P1, for: { on: 10s, off: 20s }, deadband: "1 K", text: Bench }'));
    log.pass(9, { [point]: 29 });
    expect(log.active()).toEqual([]);
    log.pass(3, { [point]: 29 });
    expect(log.find('room/climate/temp/high')).toMatchObject({
      isActive: true,
      why: { code: 'alarm/limit', params: { title: 'Bench', value: '29.00 °C', side: 'above', limit: '28.00 °C' } },
      definition: { priority: 'P1' },
    });
    log.pass(60, { [point]: 27.5 });
    expect(log.active()).toEqual(['room/climate/temp/high']);
    log.pass(22, { [point]: 26.9 });
    expect(log.active()).toEqual([]);
  });

  it('follows a set-point that an operator moves only after its grace time', () => {
    const log = open(setpoints('{ limit: "±1.0 K", grace: 10min }'));
    log.pass(700, { [point]: 24.5 });
    log.take({
      kind: 'offset',
      setpoint: 'room/climate/temp',
      delta: 1.5,
      forMs: 7_200_000,
      by: { kind: 'user', id: 'anna' },
      reason: 'warmer',
    });
    log.pass(590, { [point]: 24.5 });
    expect(log.active()).toEqual([]);
    log.pass(130, { [point]: 24.5 });
    expect(log.active()).toEqual(['room/climate/temp/low']);
  });

  it('says once that what it watches is unknown', () => {
    const log = open(setpoints('"±3.0 K"'));
    log.pass(302);
    expect(log.active()).toEqual(['room/climate/temp/unknown']);
    expect(toText(log.find('room/climate/temp/unknown'))).toMatch(/^Cannot check the alarm limits of Air temperature: unknown for 5 min: /);
  });

  it('may be inhibited, by the signals that it is measured with', () => {
    const log = open(setpoints('{ limit: "±3.0 K", inhibitWhen: [ { expr: door } ] }'));
    log.pass(90, { [point]: 13, 'room/door/open': true });
    expect(log.find('room/climate/temp/low')).toMatchObject({ isActive: false, suppressed: 'door' });
  });

  it('refuses a limit that has nothing to watch', () => {
    expect(problemsOf(setpoints('"±3.0 K"').replaceAll(' temp:', ' climate:'))).toEqual([
      'spec.bands.climate.alarm: a signal climate in the unit of the set-point, to watch, found none',
    ]);
    expect(problemsOf(setpoints('{ limit: "±3.0 K", of: t }').replaceAll(' temp:', ' climate:'))).toEqual([]);
    expect(problemsOf(setpoints('{ limit: "±3.0 K", deadband: "4 K" }'))[0]).toMatch(/narrower than the limit/);
  });
});

describe('a condition on what a device does', () => {
  it('reads devices like rules do', () => {
    const plan = compileAlarms(
      readBundle([
        {
          path: 'a.yaml',
          text: `${signals}---\n${alarm(`when: { expr: 'actual("room/heater") && t > degC(30.0)', for: { on: 5s } }\npriority: P2\ntext: Heats though it is warm`)}`,
        },
      ]),
      { ...room, devices: [device('room/heater')] },
    );
    const log = createAlarmLog(plan);
    log.take({ kind: 'device', device: 'room/heater', phase: 'confirmed', value: true, by: { kind: 'hub' } });
    log.pass(10, { [point]: 31 });
    expect(log.active()).toEqual(['room/too-warm']);
  });
});

describe('a rule that asks for an alarm', () => {
  it('learns where an alarm is defined', () => {
    const rule = `apiVersion: phloem/v1
kind: Rule
metadata: { id: room/warm }
spec:
  use: { signals: room/signals }
  when: { expr: 't > degC(-15.0)', for: { on: 30min } }
  then: [ { alarm: { priority: P1, text: "freezer above -15" } } ]
  onUnknown: { hold: 5min, then: release }
`;
    const hints = ((): readonly string[] => {
      try {
        compile(signals, rule);
        return [];
      } catch (error) {
        return error instanceof DocumentFault ? error.problems.map(({ hint }) => hint) : [];
      }
    })();
    expect(hints).toContain('an alarm is a document of its own, of the kind Alarm: phloem rules new alarm');
  });
});
