// Runs one of the generators beside it under the CPython of the npm package pyodide; README.md tells how.
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";

const { loadPyodide } = createRequire(import.meta.url)("pyodide");
const python = await loadPyodide();
python.FS.mkdirTree("/host");
python.FS.mount(python.FS.filesystems.NODEFS, { root: "/" }, "/host");
python.globals.set("folder", "/host" + path.dirname(fileURLToPath(import.meta.url)));
const [generator, ...words] = process.argv.slice(2);
python.globals.set("generator", generator.replace(/\.py$/, ""));
python.globals.set(
  "given",
  words.map((word) => (path.isAbsolute(word) ? "/host" + word : word)),
);
try {
  python.runPython(`
    import asyncio, importlib, sys
    asyncio._set_running_loop(None)  # pyodide's own
    sys.dont_write_bytecode = True
    sys.path.insert(0, folder)
    importlib.import_module(generator).main(given.to_py())
  `);
} catch (failure) {
  console.error(String(failure).slice(-4000));
  process.exit(1);
}
