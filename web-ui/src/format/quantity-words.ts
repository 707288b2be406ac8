import { quantities, type Quantity } from '@phloem/protocol';

/** What a quantity is called on the page: `Temperature`, `VPD`. */
export const toQuantityWord = (quantity: Quantity): string => quantities[quantity].label;
