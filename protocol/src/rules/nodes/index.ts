export * from './aggregate.ts';
export * from './for.ts';
export * from './hysteresis.ts';
export * from './node.ts';
export * from './replay.ts';
