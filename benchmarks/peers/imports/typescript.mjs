// What TypeScript's own resolver makes of every import: JSON lines [file, line, specifier, target].
// node typescript.mjs ROOT FILE…, with the folder of node_modules as working directory.
import { createRequire } from "node:module";
import path from "node:path";
import process from "node:process";

const ts = createRequire(path.join(process.cwd(), "package.json"))("typescript");
const [root, ...names] = process.argv.slice(2);
const files = names.map((name) => path.join(root, name));
const known = new Map();

function optionsOf(file) {
  const folder = path.dirname(file);
  if (!known.has(folder)) {
    const config = ts.findConfigFile(folder, ts.sys.fileExists);
    const inside = config !== undefined && config.startsWith(root + path.sep);
    const read = inside ? ts.readConfigFile(config, ts.sys.readFile).config : {};
    const at = inside ? path.dirname(config) : root;
    const { options } = ts.parseJsonConfigFileContent(read ?? {}, ts.sys, at);
    if (options.moduleResolution === undefined || options.moduleResolution < 3) {
      options.moduleResolution = ts.ModuleResolutionKind.Bundler;
    }
    options.module ??= ts.ModuleKind.ESNext;
    known.set(folder, { ...options, allowJs: true, resolveJsonModule: true, noResolve: true });
  }
  return known.get(folder);
}

const ends = (node) =>
  ts.isStatement(node) ||
  ts.isCallExpression(node) ||
  ts.isImportTypeNode(node) ||
  ts.isJSDocImportTag(node);
const wanted = new Set(files);
const base = { allowJs: true, noResolve: true, noLib: true, types: [] };
const program = ts.createProgram({ rootNames: files, options: base });
const shown = (found) => (wanted.has(found) ? path.relative(root, found) : null);
for (const file of files) {
  const source = program.getSourceFile(file);
  const line = (position) => source.getLineAndCharacterOfPosition(position).line + 1;
  const named = [...(source?.imports ?? []), ...(source?.moduleAugmentations ?? [])];
  for (const literal of named.filter(ts.isStringLiteralLike)) {
    let at = literal;
    while (at.parent && !ends(at)) at = at.parent;
    const options = optionsOf(file);
    const mode = ts.getModeForUsageLocation(source, literal, options);
    const { resolvedModule } = ts.resolveModuleName(
      literal.text, file, options, ts.sys, undefined, undefined, mode,
    );
    const target = resolvedModule ? shown(ts.sys.realpath(resolvedModule.resolvedFileName)) : null;
    console.log(JSON.stringify([path.relative(root, file), line(at.getStart(source)), literal.text, target]));
  }
  for (const reference of source?.typeReferenceDirectives ?? []) {
    console.log(JSON.stringify([path.relative(root, file), line(reference.pos), reference.fileName, null]));
  }
  for (const reference of source?.referencedFiles ?? []) {
    const target = shown(path.resolve(path.dirname(file), reference.fileName));
    console.log(JSON.stringify([path.relative(root, file), line(reference.pos), `./${path.normalize(reference.fileName)}`, target]));
  }
}
