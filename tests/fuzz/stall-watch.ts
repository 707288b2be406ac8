import { performance } from 'node:perf_hooks';

/*
 * Loaded into a hub before its main (`--import`): measures how long its thread works without looking at its timers, and
 * answers the message `{ stalls: true }` with the worst since the last one. What counts is the thread's own processor time, so that
 * a busy machine is no stall; the time by the wall is reported beside it.
 */

const pollEveryMs = 4;
let [cpuMs, wallMs] = [0, 0];

const threadMs = (): number => {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
};

let seen = { cpu: threadMs(), wall: performance.now() };
const look = (): void => {
  const now = { cpu: threadMs(), wall: performance.now() };
  cpuMs = Math.max(cpuMs, now.cpu - seen.cpu);
  wallMs = Math.max(wallMs, now.wall - seen.wall);
  seen = now;
};
setInterval(look, pollEveryMs).unref();

process.on('message', (message: unknown) => {
  if (typeof message !== 'object' || message === null || !('stalls' in message)) return;
  look();
  process.send?.({ stalls: { cpuMs, wallMs } });
  [cpuMs, wallMs] = [0, 0];
});
// Listening to the channel alone would keep the hub alive.
process.channel?.unref();
