/** Makes the function that says a wall time as the people of a site read it: `14:03:20`. */
export const createTimeText = (timeZone: string): ((at: number) => string) => {
  const format = new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit', second: '2-digit' });
  return (at) => format.format(at);
};

/** Makes the function that names the day of a site that a wall time falls in: `2026-11-23`. */
export const createDayText = (timeZone: string): ((at: number) => string) => {
  const format = new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' });
  return (at) => format.format(at);
};
