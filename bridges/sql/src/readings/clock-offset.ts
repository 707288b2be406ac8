/**
 * Pure: how far the clock of the hub is ahead of that of a database, in steps of a quarter of a second. It stays as it is while that is
 * about right: rows of the same second must not change their order because one answer took longer than another.
 */
export const followOffset = (kept: number | null, hubNow: number, databaseNow: number): number => {
  const measured = hubNow - databaseNow;
  return kept !== null && Math.abs(measured - kept) < stepMs ? kept : Math.round(measured / stepMs) * stepMs || 0;
};

const stepMs = 250;
