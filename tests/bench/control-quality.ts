import { liveDays } from '../rules/support/control-day.ts';
import type { Finding } from './report.ts';

const goal = 0.95;
const toPercent = (share: number): number => share * 100;

/** A day in the demonstration's room: with its rules, without them, and with a heater that does not come on. */
export const benchControlQuality = (): Promise<Finding> => {
  const days = liveDays({ hours: 24, stepMs: 1000, seed: 1 });
  const [ruled, ...others] = days;
  const inBand = ruled === undefined ? 0 : Math.min(ruled.temperatureInBand, ruled.vpdInBand);
  const say = (share: number): string => `${toPercent(share).toFixed(1)} %`;
  return Promise.resolve({
    name: 'control-quality',
    title: 'The demonstration over 24 simulated hours, read every second',
    unit: '% of the known time in band, minutes, switches, kWh',
    columns: ['temperature', 'VPD', 'unknown', 'switches', 'energy'],
    rows: days.map((day) => ({
      name: day.name,
      figures: [toPercent(day.temperatureInBand), toPercent(day.vpdInBand), day.unknownMinutes, day.switches, day.kilowattHours],
    })),
    verdicts: [
      {
        goal: 'temperature and VPD in band for 95 % of the known time',
        measured: ruled === undefined ? 'no day' : `${say(ruled.temperatureInBand)} and ${say(ruled.vpdInBand)}`,
        isReached: inBand >= goal,
      },
      ...others.map((day) => ({
        goal: `${day.name}: out of band`,
        measured: `${say(day.temperatureInBand)} and ${say(day.vpdInBand)} in band`,
        isReached: Math.min(day.temperatureInBand, day.vpdInBand) < goal,
      })),
    ],
    notes: ['bands ±1.0 K and ±0.15 kPa; the room is the plant’s physics, without sockets; energy at the powers of the simulated machines'],
  });
};
