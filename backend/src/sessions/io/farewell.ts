/** How long a farewell may take to leave before the connection is cut. */
export const farewellMs = 200;

/** Waits until all have left. A peer needs a moment to read its farewell, which a reset would take away, and gets no longer than that. */
export const waitForFarewells = async (leaving: readonly Promise<unknown>[]): Promise<void> => {
  const late = Promise.withResolvers<void>();
  const timer = setTimeout(late.resolve, farewellMs);
  await Promise.race([Promise.all(leaving), late.promise]);
  clearTimeout(timer);
};
