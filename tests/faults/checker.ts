import { checkCommands } from './check-commands.ts';
import { checkEngines } from './check-engines.ts';
import { checkLog } from './check-log.ts';
import type { Breach, Facts } from './facts.ts';

/** Holds what happened against what was promised. Empty when all promises were kept. */
export const check = (facts: Facts): readonly Breach[] => [...checkLog(facts), ...checkEngines(facts), ...checkCommands(facts)];
