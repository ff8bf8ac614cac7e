import { join } from "node:path"
import { bundlePrograms } from "../../scripts/lib/bundle-programs.ts"

const FOLDER = "test-server"
const bundled = (name: string) => join(import.meta.dirname, "../../node_modules/.cache", FOLDER, name)

/** The program of `npm run serve`. */
export const SERVER = bundled("server.js")
/** The program of `npm run operate`. */
export const OPERATE = bundled("operate.js")

/** Before the tests of this example: each of them starts one of these. */
export default async function setup(): Promise<void> {
  await bundlePrograms(FOLDER, {
    server: join(import.meta.dirname, "main.ts"),
    operate: join(import.meta.dirname, "operate.ts"),
  })
}
