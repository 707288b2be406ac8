import type { Rig } from './rig.ts';

/** Opens and closes the simulator's door at random until it is stopped: what the rules react to. */
export const startWeather = (rig: Rig, random: () => number): (() => Promise<void>) => {
  const weather = { isOn: true };
  let isOpen = false;
  const run = async (): Promise<void> => {
    while (weather.isOn) {
      isOpen = !isOpen;
      await rig.simulator('POST', '/set', { door: isOpen ? 'open' : 'closed' });
      await new Promise((resolve) => setTimeout(resolve, 100 + random() * 150));
    }
  };
  const running = run();
  return async () => {
    weather.isOn = false;
    await running;
  };
};
