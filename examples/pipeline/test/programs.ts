import { join } from "node:path"
import { bundlePrograms } from "../../../scripts/lib/bundle-programs.ts"

const FOLDER = "test-pipeline"
const bundled = (name: string) =>
  join(import.meta.dirname, "../../../node_modules/.cache", FOLDER, "dist/example", name)

/** The program of `npm start`. */
export const PROGRAM = bundled("main.js")
/** The same with a kill switch. */
export const KILLABLE = bundled("killable.js")

/** Before the tests of this example: they start these programs some two hundred times. */
export default async function setup(): Promise<void> {
  await bundlePrograms(FOLDER, {
    "dist/example/main": join(import.meta.dirname, "../main.ts"),
    "dist/example/killable": join(import.meta.dirname, "killable.ts"),
    // Where the bundled client looks for its command: `../../bin` from itself.
    "bin/altaworx-jasper-simulator": join(
      import.meta.dirname,
      "../../../packages/jasper-client/src/simulator/node/main.ts",
    ),
  })
}
