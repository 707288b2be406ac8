/** What one point's trace keeps: when (hub's running time) and what; NaN where a report carried no number. */
export type Ring = {
  times: Float64Array;
  values: Float32Array;
  /** Where the next sample goes, and how many there are. */
  next: number;
  size: number;
};

const firstCapacity = 256;

/** The most samples that are kept: four hours at one a second. */
export const maxSamples = 14_400;

export const createRing = (): Ring => ({
  times: new Float64Array(firstCapacity),
  values: new Float32Array(firstCapacity),
  next: 0,
  size: 0,
});

/** Adds a sample, in place. One that is not newer than the newest is left out; the oldest falls out when it is full. */
export const pushSample = (ring: Ring, time: number, value: number): void => {
  if (ring.size > 0 && time <= timeAt(ring, ring.size - 1)) return;
  if (ring.size === ring.times.length && ring.size < maxSamples) grow(ring);
  const capacity = ring.times.length;
  ring.times[ring.next] = time;
  ring.values[ring.next] = value;
  ring.next = (ring.next + 1) % capacity;
  ring.size = Math.min(ring.size + 1, capacity);
};

/** The time of the sample at this place; 0 is the oldest. NaN outside. */
export const timeAt = (ring: Ring, index: number): number => ring.times[toPlace(ring, index)] ?? Number.NaN;

/** The value of the sample at this place; 0 is the oldest. NaN outside, and where there was none. */
export const valueAt = (ring: Ring, index: number): number => ring.values[toPlace(ring, index)] ?? Number.NaN;

/** The place of the first sample that is not older than `time`. */
export const firstFrom = (ring: Ring, time: number): number => {
  let low = 0;
  let high = ring.size;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (timeAt(ring, middle) < time) low = middle + 1;
    else high = middle;
  }
  return low;
};

const toPlace = (ring: Ring, index: number): number =>
  index < 0 || index >= ring.size ? -1 : (ring.next - ring.size + index + ring.times.length) % ring.times.length;

const grow = (ring: Ring): void => {
  const capacity = Math.min(maxSamples, ring.times.length * 2);
  const times = new Float64Array(capacity);
  const values = new Float32Array(capacity);
  for (let index = 0; index < ring.size; index += 1) {
    times[index] = timeAt(ring, index);
    values[index] = valueAt(ring, index);
  }
  ring.times = times;
  ring.values = values;
  ring.next = ring.size;
};
