/**
 * Asks again and again until the answer is what was waited for. Real processes notify nobody when they are done, so this is
 * the one place where a test lets time pass; the limit is there to end a test that would never end.
 */
export const until = async <T>(what: string, ask: () => T | Promise<T>, isIt: (answer: T) => boolean, limitMs = 45_000): Promise<T> => {
  const giveUpAt = performance.now() + limitMs;
  let newest: unknown;
  while (performance.now() < giveUpAt) {
    try {
      const answer = await ask();
      newest = answer;
      if (isIt(answer)) return answer;
    } catch (error) {
      // Anyone who is asked may be down for a moment, which is what many tests are about; the last answer is reported.
      newest = error;
    }
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(
    `waited in vain for: ${what}; the newest answer was ${newest instanceof Error ? newest.message : JSON.stringify(newest)}`,
  );
};
