// Compiles the wheels of a folder for Python in a browser, by that Python itself, so that no browser has to do it again.
//   node tools/site/compile.mjs FOLDER_OF_PYODIDE FOLDER_OF_WHEELS
import { readdirSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [pyodide, wheels] = process.argv.slice(2).map((path) => resolve(path));
const { loadPyodide } = await import(pathToFileURL(`${pyodide}/pyodide.mjs`));
const python = await loadPyodide({ indexURL: `${pyodide}/` });
python.FS.mkdir("/wheels");
python.FS.mount(python.FS.filesystems.NODEFS, { root: wheels }, "/wheels");
// A hash that is not checked, because a time of change is not the same after a wheel is unpacked.
python.runPython(`
import importlib.util, marshal, pathlib, zipfile

def compiled(name, source):
    code = compile(source, name, "exec", dont_inherit=True, optimize=0)
    head = importlib.util.MAGIC_NUMBER + (1).to_bytes(4, "little") + importlib.util.source_hash(source)
    return head + marshal.dumps(code)

def rewrite(path, keep_source, root):
    with zipfile.ZipFile(path) as old:
        files = {info.filename: old.read(info) for info in old.infolist() if not info.is_dir()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name, data in sorted(files.items()):
            stem, dot, kind = name.rpartition(".")
            if kind != "py":
                new.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED, 9)
                continue
            folder, _, module = stem.rpartition("/")
            beside = f"{folder}/__pycache__/{module}.cpython-314.pyc".lstrip("/") if keep_source else f"{stem}.pyc"
            if keep_source:
                new.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED, 9)
            new.writestr(zipfile.ZipInfo(beside), compiled(root + name, data), zipfile.ZIP_DEFLATED, 9)
`);
const rewrite = python.globals.get("rewrite");
const site = "/lib/python3.14/site-packages/";
for (const name of readdirSync(wheels)) {
  if (name.endsWith(".whl")) rewrite(`/wheels/${name}`, name.startsWith("layerlab"), site);
  if (name.endsWith(".zip")) rewrite(`/wheels/${name}`, false, "/lib/python314.zip/");
}
