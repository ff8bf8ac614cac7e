import { runSuite } from "./suite.ts"

/** The suite as a Worker: edge hosts allow timers only while they answer a request. */
export default { fetch: async (): Promise<Response> => Response.json(await runSuite()) }
