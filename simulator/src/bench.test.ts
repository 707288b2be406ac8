import { describe, expect, it } from 'vitest';
import { commandBench, cutBenchPower, isBenchValue, restingBench, stepBench } from './bench.ts';

describe('the bench of actuators', () => {
  it('rounds as its units do', () => {
    expect(commandBench(restingBench, 'dimmer', 335).dimmer).toBe(333);
    expect(commandBench(restingBench, 'ac_temperature', 223).ac_temperature).toBe(225);
    expect([isBenchValue('ac_temperature', 159), isBenchValue('ac_mode', 4), isBenchValue('ac_mode', 3)]).toEqual([false, false, true]);
  });

  it('moves the valve by its relays, and stands still between two that are on', () => {
    const opening = commandBench(restingBench, 'valve_open', 1);
    expect(stepBench(opening, 3000).valve_position).toBeCloseTo(470);
    expect(stepBench(opening, 60_000).valve_position).toBe(1000);
    const shorted = commandBench(opening, 'valve_close', 1);
    expect([stepBench(shorted, 3000).valve_position, shorted.valve_shorted]).toEqual([370, 1]);
  });

  it('is off after its power failed', () => {
    const on = commandBench(commandBench(restingBench, 'valve_open', 1), 'dimmer', 500);
    expect(cutBenchPower(on, 41)).toMatchObject({ valve_open: 0, dimmer: 502 });
    expect(cutBenchPower(on, undefined)).toMatchObject({ valve_open: 0, dimmer: 0 });
  });

  it('lets the horn fall back by itself, and counts its pulses', () => {
    const told = commandBench(restingBench, 'horn', 1);
    const after = stepBench(told, 100);
    expect([told.horn, after.horn, after.horn_pulses]).toEqual([1, 0, 1]);
    expect(commandBench(after, 'horn', 0).horn_pulses).toBe(1);
    expect(commandBench(after, 'horn', 1).horn_pulses).toBe(2);
  });

  it('ramps the drive within 30 s', () => {
    const told = commandBench(restingBench, 'drive_command', 1000);
    expect(stepBench(told, 15_000).drive_actual).toBeCloseTo(500);
    expect(stepBench(told, 40_000).drive_actual).toBe(1000);
  });
});
