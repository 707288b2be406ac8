export type * from './link.ts';
export type * from './transport.ts';
