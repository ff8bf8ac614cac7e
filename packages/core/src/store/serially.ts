/**
 * Runs tasks one after the other in the order given. Two write transactions of one process would block each other for
 * ever: waiting for a lock is native and stops the event loop that the lock's holder needs to go on.
 */
export function serially(): <T>(task: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  return (task) => {
    const result = last.then(task)
    last = result.catch(() => undefined)
    return result
  }
}
