import { type Day, liveDays } from '../rules/support/control-day.ts';
import type { Finding } from './report.ts';

const goal = 0.95;
const bands = ['flower_room/temp', 'flower_room/vpd', 'flower_room/co2', 'propagation/temp', 'propagation/vpd', 'cold_store/temp'];
const toPercent = (share: number): number => share * 100;

/** A day in the demonstration's rooms: with its rules, without them, and with a heater that does not come on. */
export const benchControlQuality = (): Promise<Finding> => {
  const days = liveDays({ hours: 24, stepMs: 1000, seed: 1 });
  const [ruled, ...others] = days;
  const shareOf = (day: Day | undefined, band: string): number => day?.inBand[band] ?? 0;
  const flower = (day: Day | undefined): readonly [number, number] => [shareOf(day, 'flower_room/temp'), shareOf(day, 'flower_room/vpd')];
  const say = (share: number): string => `${toPercent(share).toFixed(1)} %`;
  return Promise.resolve({
    name: 'control-quality',
    title: 'The demonstration over 24 simulated hours, read every second',
    unit: '% of the known time in band, minutes, switches, kWh',
    columns: [...bands, 'unknown', 'switches', 'energy'],
    rows: days.map((day) => ({
      name: day.name,
      figures: [...bands.map((band) => toPercent(shareOf(day, band))), day.unknownMinutes, day.switches, day.kilowattHours],
    })),
    verdicts: [
      {
        goal: 'every set-point in band for 95 % of the known time',
        measured: bands.map((band) => `${band} ${say(shareOf(ruled, band))}`).join(', '),
        isReached: bands.every((band) => shareOf(ruled, band) >= goal),
      },
      ...others.map((day) => ({
        goal: `${day.name}: out of band`,
        measured: `${flower(day).map(say).join(' and ')} of temperature and VPD in band`,
        isReached: Math.min(...flower(day)) < goal,
      })),
    ],
    notes: [
      'bands as in the bundle (flower room ±1.0 K and ±0.15 kPa); the rooms are the simulator’s physics, without sockets; energy at the powers of the simulated machines',
    ],
  });
};
