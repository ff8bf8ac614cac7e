/** A simulated account as the process that changes its devices is told of it. */
export interface Account {
  readonly url: string
  readonly username: string
  readonly apiKey: string
  /** Calls per second that it allows. */
  readonly rate: number
  readonly devices: number
}

/** A change that a carrier accepted, as it wrote it down. */
export interface JournaledWrite {
  readonly at: number
  readonly iccid: string
  readonly fields: Readonly<Record<string, string>>
}

export interface CarrierStats {
  readonly calls: number
  readonly throttled: number
}

export async function statsOf({ url }: Account): Promise<CarrierStats> {
  return (await (await fetch(`${url}/simulator/stats`)).json()) as CarrierStats
}

/** What a carrier says of itself, line by line. */
export async function* linesOf<T>({ url }: Account, list: "devices" | "writes"): AsyncGenerator<T, void> {
  const { body } = await fetch(`${url}/simulator/${list}`)
  const decoder = new TextDecoder()
  let rest = ""
  for await (const piece of body as ReadableStream<Uint8Array>) {
    const lines = (rest + decoder.decode(piece, { stream: true })).split("\n")
    rest = lines.pop() ?? ""
    for (const line of lines) if (line !== "") yield JSON.parse(line) as T
  }
}
