/** Calls that are under way, and who waits until there are few of them. */
export interface CallWindow {
  readonly size: number
  /** A call must not reject. */
  add(call: Promise<void>): void
  /** Settles when no more than `most` are under way. */
  until(most: number): Promise<void>
}

export function openCallWindow(): CallWindow {
  let size = 0
  let waiter: { readonly most: number; readonly go: () => void } | undefined
  return {
    get size() {
      return size
    },
    add(call) {
      size++
      void call.then(() => {
        size--
        if (waiter && size <= waiter.most) waiter.go()
      })
    },
    async until(most) {
      if (size > most) await new Promise<void>((go) => (waiter = { most, go }))
      waiter = undefined
    },
  }
}
