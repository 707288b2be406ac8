export * from './dimension.ts';
export * from './documents/check.ts';
export * from './documents/devices.ts';
export * from './documents/problem.ts';
export * from './documents/site.ts';
export * from './documents/source.ts';
export * from './nodes/index.ts';
export * from './units.ts';
