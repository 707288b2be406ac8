import type { Entry } from '@phloem/protocol';
import type { AlarmFinding } from './alarm-definition.ts';
import type { AlarmPlan } from './compile-alarms.ts';

/** A log that a test writes as it goes, and what an alarm plan finds in it. */
export const createAlarmLog = (plan: AlarmPlan, start = 1_800_000_000_000) => {
  let lsn = 0;
  let up = 0;
  let state = plan.start();
  const take = (entry: Readonly<Record<string, unknown>>): void => {
    lsn += 1;
    // A test writes only what matters of an entry.
    ({ state } = plan.step(state, { lsn, at: start + up, up, ...entry } as Entry));
  };
  const read = (point: string, v: number | boolean | null): void => {
    const [location = '', cluster, measurement = ''] = point.split('/');
    take({ kind: 'sensor', location, cluster, readings: { [measurement]: { v, q: v === null ? 'bad' : 'good' } } });
  };
  const find = (id: string): AlarmFinding | undefined => plan.find(state).find(({ definition }) => definition.id === id);
  return {
    take,
    read,
    find,
    isActive: (id: string): boolean | undefined => find(id)?.isActive,
    active: (): readonly string[] => plan.find(state).flatMap(({ definition, isActive }) => (isActive ? [definition.id] : [])),
    /** Lets seconds pass, one pulse each; before each pulse the points are read. */
    pass: (seconds: number, readings: Readonly<Record<string, number | boolean | null>> = {}): void => {
      for (let passed = 0; passed < seconds; passed += 1) {
        up += 1000;
        for (const [point, v] of Object.entries(readings)) read(point, v);
        take({ kind: 'pulse' });
      }
    },
    get state() {
      return state;
    },
    set state(next: typeof state) {
      state = next;
    },
  };
};
