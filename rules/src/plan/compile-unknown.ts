import { alarmIds, textReason } from '@phloem/protocol';
import type { OnUnknown } from '../documents/acting.ts';
import { boolean, text } from '../units/dimension.ts';
import type { Maybe } from '../nodes/node.ts';
import { createBlind, type BlindOutput } from './blind.ts';
import type { Builder } from './builder.ts';
import type { Run } from './run.ts';

/** What a rule or loop does while it does not know, with the slots that remember it. */
export type CompiledUnknown = {
  /** The slot of `known`, `held`, `given-up`. */
  readonly mode: number;
  readonly writes: readonly number[];
  /** Claims that all is known, so that time alone changes nothing. */
  readonly isAsleep: (run: Run) => boolean;
  readonly step: (run: Run, wanted: Maybe<boolean>) => BlindOutput;
};

/** Compiles `onUnknown`: holding, giving up, and the alarm that goes with it. */
export const compileUnknown = (id: string, onUnknown: OnUnknown, builder: Builder): CompiledUnknown => {
  const mode = builder.addSlot(`${id}#mode`, text, 'known');
  const raised = builder.addSlot(`${id}#alarm`, boolean, false);
  const blind = builder.addNode(`${id}#unknown`, createBlind(builder.duration(onUnknown.hold)));
  return {
    mode,
    writes: [mode, raised],
    isAsleep: (run) => {
      const { sinceUp, isGivenUp } = run.stateOf(blind);
      return sinceUp === null && !isGivenUp;
    },
    step: (run, wanted) => {
      const out = run.step(blind, wanted);
      run.set(mode, out.mode);
      const isBlind = out.mode === 'given-up';
      if ((run.values[raised] === true) !== isBlind) {
        run.set(raised, isBlind);
        const { alarm } = onUnknown;
        if (alarm !== undefined) {
          const report = { alarm: alarmIds.unknown(id), priority: alarm.priority, why: textReason(alarm.text) };
          // The step that writes the mode is the whole document's: it reads all that it is about.
          const reads = builder.stepThatWrites(mode)?.reads ?? [];
          run.raise(
            isBlind ? { ...report, state: 'active', points: [...builder.missingPoints(reads, run)] } : { ...report, state: 'cleared' },
          );
        }
      }
      return out;
    },
  };
};
