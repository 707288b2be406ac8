/** How long a tool that has said all that it had to say may take to end. */
const graceMs = 10_000;

/** Nothing is open any more when a storm is over. Should something be, it is named, and the process ends all the same. */
export const endInTime = (): void => {
  const end = (): never => {
    console.error(`still open: ${[...new Set(process.getActiveResourcesInfo())].join(', ')}`);
    process.exit();
  };
  setTimeout(end, graceMs).unref();
};
