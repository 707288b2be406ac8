/** The most that one request of Modbus may carry, by function: bits for coils and discrete inputs, else registers. */
export const countLimits = { 1: 2000, 2: 2000, 3: 125, 4: 125, 5: 1, 6: 1, 15: 1968, 16: 123, 22: 1 } as const;
