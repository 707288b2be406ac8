/** What the bare peers carry: the same shape and size as a sensor frame on its way to the automation service. */
export const toPayload = (n: number) => ({
  sub: 'main',
  epoch: 'aB3dE5gH7jK9',
  prev: 1_000_000 + n,
  last: 1_000_001 + n,
  entries: [
    {
      lsn: 1_000_001 + n,
      at: 1_800_000_000_000 + n,
      up: 86_400_000 + n,
      kind: 'sensor',
      location: 'room',
      cluster: 'front',
      readings: { temperature: { v: n % 2 === 0 ? 10 : 30, q: 'good' } },
    },
  ],
});
