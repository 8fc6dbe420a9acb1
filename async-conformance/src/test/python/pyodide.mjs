// Runs generate_corpus.py under the CPython of the npm package pyodide; README.md tells how.
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";

const { loadPyodide } = createRequire(import.meta.url)("pyodide");
const python = await loadPyodide();
python.FS.mkdirTree("/host");
python.FS.mount(python.FS.filesystems.NODEFS, { root: "/" }, "/host");
python.globals.set("folder", "/host" + path.dirname(fileURLToPath(import.meta.url)));
python.globals.set(
  "given",
  process.argv.slice(2).map((word) => (path.isAbsolute(word) ? "/host" + word : word)),
);
try {
  python.runPython(`
    import asyncio, sys
    asyncio._set_running_loop(None)  # pyodide's own
    sys.dont_write_bytecode = True
    sys.path.insert(0, folder)
    import generate_corpus
    generate_corpus.main(given.to_py())
  `);
} catch (failure) {
  console.error(String(failure).slice(-4000));
  process.exit(1);
}
