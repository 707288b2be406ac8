/** What an instrument says at one step: a value, nothing at all, or that it is stale. */
export type Sample = number | boolean | 'none' | 'stale';

/**
 * The samples of a series: `26x59` is 26 and 59 times more, `20+0.5x10` goes up by half each time, `_` is no sample,
 * `stale` is marked stale by the driver; `_x40` and `stalex3` repeat. The schema has let the text in.
 */
export const parseSeries = (written: string): readonly Sample[] =>
  written
    .trim()
    .split(/ +/)
    .flatMap((word): Sample[] => {
      const [, what = '', step, times] = /^(stale|_|true|false|-?\d+(?:\.\d+)?)([+-]\d+(?:\.\d+)?)?(?:x(\d+))?$/.exec(word) ?? [];
      const isNumber = /\d/.test(what);
      // As promtool counts: `ax3` is a and three more; what is no number is simply repeated.
      const count = times === undefined ? 1 : Number(times) + (isNumber || what === 'true' || what === 'false' ? 1 : 0);
      return Array.from({ length: Math.min(count, 1_000_000) }, (_, i) => {
        if (what === 'stale') return 'stale';
        if (what === '_') return 'none';
        if (what === 'true' || what === 'false') return what === 'true';
        // Multiplied rather than summed up, so that 0.1 stays 0.1 after a thousand steps.
        return Number((Number(what) + Number(step ?? 0) * i).toPrecision(12));
      });
    });
