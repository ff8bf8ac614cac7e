import { runSuite } from "./suite.ts"

/** The suite as a Worker, answered on request. */
export default { fetch: async (): Promise<Response> => Response.json(await runSuite()) }
