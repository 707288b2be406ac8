export { createPhloem, isFault } from '@phloem/embed';
