// `npm run docs`: the reference from the public doors into docs/reference, and the hand-written pages held to the code:
// their links lead somewhere, the examples in them and in the
// comments of the sources compile, run, and print what they say.
import { checkLinks } from "./lib/check-links.mjs"
import { checkSnippets } from "./lib/check-snippets.mjs"
import { runSteps } from "./lib/steps.mjs"

await runSteps(
  [
    { name: "reference (typedoc)", command: ["typedoc"] },
    { name: "links", run: checkLinks },
    { name: "examples", run: checkSnippets },
  ],
  { atOnce: 2 },
)
