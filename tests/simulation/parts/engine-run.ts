import { compile, type Compile, type Plan } from '@phloem/automation';
import { canonicalJson } from '@phloem/protocol';

/** What one run of the engine has come to: the newest state that it stepped to. */
export type EngineRun = {
  readonly compile: Compile;
  /** The number of the entry that was stepped last; null before the first. */
  newest(): number | null;
  /** The hash of the state after it. */
  hash(): string | null;
};

// A plan is fixed by its documents and holds no state, so all runs may share it.
const plans = new Map<string, Plan>();
const compileOnce: Compile = (bundle, site) => {
  const key = canonicalJson(bundle);
  const plan = plans.get(key) ?? compile(bundle, site);
  plans.set(key, plan);
  return plan;
};

/** Compiles as production does, and looks over the engine's shoulder. */
export const createRunCompile = (): EngineRun => {
  let stepped: { lsn: number; hash: () => string } | null = null;
  return {
    compile: (bundle, site) => {
      const plan = compileOnce(bundle, site);
      return {
        ...plan,
        step: (state, entry, at) => {
          const step = plan.step(state, entry, at);
          stepped = { lsn: entry.lsn, hash: () => plan.hashState(step.state) };
          return step;
        },
      };
    },
    newest: () => stepped?.lsn ?? null,
    hash: () => stepped?.hash() ?? null,
  };
};
