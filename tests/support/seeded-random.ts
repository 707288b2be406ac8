/** The random numbers of the simulator serve the tests too: the same for the same seed. */
export { createSeededRandom } from '@phloem/simulator';
