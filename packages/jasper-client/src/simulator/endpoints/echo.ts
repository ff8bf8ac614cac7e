import { answerJson, type SimulatorAnswer } from "../call.ts"
import type { EndpointCall } from "./endpoint.ts"

/** GET `/echo/{param}`: the health check that needs valid credentials. */
export function echo({ subject }: EndpointCall): SimulatorAnswer {
  return answerJson(200, { context: subject })
}
