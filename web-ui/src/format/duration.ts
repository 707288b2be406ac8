const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** An age or a length as people read it: `6 s`, `3 m 10 s`, `4 h 51 m`, `2 d 3 h`. */
export const toDurationText = (ms: number): string => {
  const whole = Math.max(0, ms);
  if (whole < minute) return `${Math.floor(whole / second)} s`;
  if (whole < hour) return `${Math.floor(whole / minute)} m ${Math.floor((whole % minute) / second)} s`;
  if (whole < day) return `${Math.floor(whole / hour)} h ${Math.floor((whole % hour) / minute)} m`;
  return `${Math.floor(whole / day)} d ${Math.floor((whole % day) / hour)} h`;
};

const two = (n: number): string => String(n).padStart(2, '0');

/** A running count as on a stop-watch: `00:42`, `02:14`, `1:02:14`. */
export const toCountText = (ms: number): string => {
  const whole = Math.max(0, ms);
  const tail = `${two(Math.floor((whole % hour) / minute))}:${two(Math.floor((whole % minute) / second))}`;
  return whole < hour ? tail : `${Math.floor(whole / hour)}:${tail}`;
};

/** A latency: `180 ms`, `1.4 s`. */
export const toLatencyText = (ms: number): string => (ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / second).toFixed(1)} s`);
