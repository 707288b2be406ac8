// An instance with what a process of Phloem knows besides: for `phloem start --single-process`, and for tests.
export { openPhloem, type OpenPhloem, type OpenPhloemOptions } from './io/open-phloem.ts';
