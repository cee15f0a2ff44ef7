/**
 * Keeps the event loop from sleeping. A sleeping process is woken some 20 µs after the network has something, on a core that has gone to sleep and
 * with caches that others have used meanwhile; one that asks again and again has it at once, and takes a whole core for that.
 */

/** Until the answer is called. Ten thousands of turns a second: each is one question to the kernel and one short-lived object. */
export function pollBusily(): () => void {
  let isStopped = false;
  const again = (): void => {
    if (!isStopped) setImmediate(again);
  };
  again();
  return () => {
    isStopped = true;
  };
}
