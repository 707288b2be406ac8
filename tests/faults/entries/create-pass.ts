/** Ends or freezes this process when it passes a place for the `pass`-th time from now; null takes that back, and is answered. */
type Order = { readonly failpoint: { readonly at: string; readonly pass: number; readonly how: 'SIGKILL' | 'SIGSTOP' } | null };

const isOrder = (message: unknown): message is Order => typeof message === 'object' && message !== null && 'failpoint' in message;

/** Lets the process that started this one kill or freeze it at a named place. The function that it returns is called at each place. */
export const createPass = (): ((name: string) => void) => {
  let order: Order['failpoint'] | null = null;
  let passed = 0;
  process.on('message', (message) => {
    if (!isOrder(message)) return;
    order = message.failpoint;
    passed = 0;
    if (order === null) process.send?.({ failpoint: null });
  });
  return (name) => {
    if (order?.at !== name) return;
    passed += 1;
    if (passed < order.pass) return;
    const { how } = order;
    order = null;
    // The kernel acts before the call returns: nothing after this place is done.
    process.kill(process.pid, how);
  };
};
