/** Work that can be left off between two steps, none of which takes longer than its largest document. */
export type Steps<Result> = Generator<void, Result>;

/** Does all of it at once. */
export const runSteps = <Result>(steps: Steps<Result>): Result => {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
};
