/** A small plugin folder: its files by name, the first of them the entry, which exports `result` as plain data. */
export type Fixture = Record<string, string>;

/** Modules whose result Node itself can tell. */
export const moduleFixtures: Record<string, Fixture> = {
  "functions of a cycle are there before either module ran": {
    "index.mjs": `import { b, used } from "./b.mjs"; export function a() { return "a"; } export const result = [b(), used];`,
    "b.mjs": `import { a } from "./index.mjs"; export function b() { return "b" + a(); } export const used = a();`,
  },
  "bindings are live": {
    "index.mjs": `import * as all from "./count.mjs"; import { n, change } from "./count.mjs"; export { n } from "./count.mjs";
      const before = n; change(); export const result = [before, n, all.n];`,
    "count.mjs": `export let n = 1;
      export function change() { n += 1; n++; ++n; [n] = [n * 10]; ({ n } = { n: n + 1 }); for (n of [n + 1]); n **= 2; n ??= 0; }`,
  },
  "a default export of a function is live, of an expression not": {
    "index.mjs": `import f, { change } from "./f.mjs"; import g, { changeG } from "./g.mjs";
      const before = [f(), g]; change(); changeG(); export const result = [before, f(), g];`,
    "f.mjs": `export default function f() { return 1; } export function change() { f = () => 2; }`,
    "g.mjs": `let g = 1; export default g; export function changeG() { g = 2; }`,
  },
  "every form of export default": {
    "index.mjs": `import f from "./f.mjs"; import C from "./c.mjs"; import e from "./e.mjs"; import arrow from "./arrow.mjs"; import as from "./as.mjs";
      import K from "./k.mjs"; import anonymous from "./anonymous.mjs"; export const result = [f(), f.name, new C().x, C.name, e, arrow(), as, new K().y, anonymous()];`,
    "f.mjs": `export default function f() { return 1; }`,
    "c.mjs": `export default class C { x = 2; }`,
    "e.mjs": `export default 1 + 2;`,
    "arrow.mjs": `export default () => 4;`,
    "as.mjs": `const x = 5; export { x as default };`,
    "k.mjs": `export default class { y = 6; }`,
    "anonymous.mjs": `export default function () { return 7; }`,
  },
  "top-level await: siblings start together, their user waits for both": {
    "index.mjs": `import { log } from "./log.mjs"; import "./a.mjs"; import "./b.mjs"; log.push("index"); export const result = log;`,
    "log.mjs": `export const log = [];`,
    "a.mjs": `import { log } from "./log.mjs"; log.push("a1"); await new Promise((done) => setTimeout(done, 2)); log.push("a2");`,
    "b.mjs": `import { log } from "./log.mjs"; log.push("b1"); await null; log.push("b2"); for await (const x of [1]) log.push(x);`,
  },
  "top-level await in a cycle: who uses a part of it waits for all of it": {
    "index.mjs": `import { log } from "./log.mjs"; import "./root.mjs"; import "./user.mjs"; log.push("index"); export const result = log;`,
    "log.mjs": `export const log = [];`,
    "root.mjs": `import { log } from "./log.mjs"; import "./member.mjs"; await 1; await 2; await 3; log.push("root");`,
    "member.mjs": `import { log } from "./log.mjs"; import "./root.mjs"; log.push("member");`,
    "user.mjs": `import { log } from "./log.mjs"; import "./member.mjs"; log.push("user");`,
  },
  "export * goes through cycles and leaves out default": {
    "index.mjs": `import * as me from "./me.mjs"; export const result = [Object.keys(me).sort(), me.c, me.ns.default];`,
    "me.mjs": `export * from "./a.mjs"; export * from "./b.mjs"; export * as ns from "./a.mjs";`,
    "a.mjs": `export const a = 1; export default 5;`,
    "b.mjs": `export * from "./c.mjs"; export const b = 2;`,
    "c.mjs": `export * from "./b.mjs"; export const c = 3;`,
  },
  "export * of a package and of CommonJS": {
    "index.mjs": `import { join, fromC } from "./middle.mjs"; export const result = [typeof join, fromC];`,
    "middle.mjs": `export * from "node:path"; export * from "./c.cjs";`,
    "c.cjs": `exports.fromC = 7;`,
  },
  "CommonJS seen from a module": {
    "index.mjs": `import all, { named } from "./x.cjs"; import es from "./es.cjs"; import * as ns from "./x.cjs";
      export const result = [all, named, ns.default === all, es];`,
    "x.cjs": `const { y } = require("./y.cjs"); exports.named = y; exports.file = typeof __filename; exports.self = this === exports;
      exports.json = require("./d.json"); exports.main = require.main === module; exports.fs = typeof require("fs").readFileSync;`,
    "y.cjs": `exports.y = 1; exports.half = Object.keys(require("./x.cjs"));`,
    "d.json": `{ "a": [1] }`,
    "es.cjs": `Object.defineProperty(exports, "__esModule", { value: true }); exports.default = 5;`,
  },
  "a module seen from CommonJS": {
    "index.mjs": `import cjs from "./x.cjs"; export const result = cjs;`,
    "x.cjs": `const e = require("./e.mjs"); module.exports = [e.x, e.default, e.__esModule, typeof require("./f.mjs")];`,
    "e.mjs": `import path from "node:path"; export const x = typeof path.join; export default 3;`,
    "f.mjs": `export { f as "module.exports" }; function f() {}`,
  },
  createRequire: {
    "index.mjs": `import { createRequire } from "node:module"; const require = createRequire(import.meta.url);
      export const result = [require("./d.json"), require("./c.cjs").v, typeof require("node:fs"), require.resolve("./d.json").endsWith("d.json")];`,
    "d.json": `{ "x": 1 }`,
    "c.cjs": `exports.v = 2;`,
  },
  "import.meta": {
    "index.mjs": `const last = (path) => path.split("/").at(-1); const { url, filename, dirname, main } = import.meta;
      export const result = [last(url), last(filename), filename.startsWith(dirname), main, last(import.meta.resolve("./q.mjs")),
        import.meta.resolve("node:fs"), String(import.meta.env), typeof import.meta, typeof this, typeof __filename];`,
  },
  "import()": {
    "index.mjs": `const literal = await import("./late.mjs"); const computed = await import("./la" + "te.mjs"); const template = await import(\`./late.mjs\`);
      let code; try { await import("./nope.mjs"); } catch (error) { code = error.code; }
      export const result = [literal === computed, computed === template, literal.v, code, (await import("./then.mjs")), Object.prototype.toString.call(literal)];`,
    "late.mjs": `export const v = 1;`,
    "then.mjs": `export function then(done) { done("a thenable"); }`,
  },
  "import() of a module that is in a cycle with its importer": {
    "index.mjs": `import { get } from "./a.mjs"; export const base = 4; export const result = await get();`,
    "a.mjs": `export const get = async () => (await import("./b.mjs")).b;`,
    "b.mjs": `import { get } from "./a.mjs"; export const b = typeof get;`,
  },
  "JSON with import attributes": {
    "index.mjs": `import data from "./d.json" with { type: "json" }; import * as ns from "./d.json" with { type: "json" };
      const late = await import("./d.json", { with: { type: "json" } }); export const result = [data, Object.keys(ns), late.default === data];`,
    "d.json": `{ "x": 1, "__proto__": 2 }`,
  },
  "names that are strings": {
    "index.mjs": `import { "a b" as ab } from "./s.mjs"; export { "a b" as "e f" } from "./s.mjs"; export const result = ab;`,
    "s.mjs": `const x = 1; export { x as "a b" };`,
  },
  "shadowed and destructured imports": {
    "index.mjs": `import { a, b } from "./s.mjs"; function f(a) { return a + b; } const o = { a, b, c: { a } }; { let a = 5; o.d = a; }
      const g = ({ a: z = a }) => z; const k = new (class { a = a; [b]() { return a; } })();
      export const result = [f(1), o, g({}), typeof a, k.a, k[2](), ((a = b) => a)(), (() => { try { throw 1; } catch (a) { return a; } })()];`,
    "s.mjs": `export const a = 1, b = 2;`,
  },
  "an imported function is called without this": {
    "index.mjs": `import { self, Tag } from "./s.mjs"; import * as ns from "./s.mjs"; export const result = [self() === undefined, ns.self() === ns, new Tag().v];`,
    "s.mjs": `export function self() { return this; } export class Tag { v = 1; }`,
  },
  "imports are hoisted, functions too": {
    "index.mjs": `f(); import { log } from "./l.mjs"; log.push(2); function f() { log.push(1); } export const result = log;`,
    "l.mjs": `export const log = [0];`,
  },
  "classes, generators and newer syntax": {
    "index.mjs": `async function* g() { yield 1; yield* [2, 3]; } const out = []; for await (const x of g()) out.push(x);
      class A { static #c = 0; static { this.#c = 4; } get c() { return A.#c; } static async *all() { yield this.name; } #p = 1; has(o) { return #p in o; } }
      for await (const name of A.all()) out.push(name);
      label: for (const i of [1, 2]) for (;;) continue label;
      export const { q, r: [s = 9] } = { q: 1, r: [] };
      export const result = [out, new A().c, new A().has(new A()), q, s, String(10n ** 2n), 1_000, null ?? 2, out?.[0], /a(?<n>b)/d.exec("ab").groups.n];`,
  },
};

/** What Node's own type stripping does not do, or does otherwise. */
export const typeScriptFixtures: Record<string, Fixture> = {
  "types go, with the imports that are only types": {
    "index.ts": `import type { A } from "./gone.ts"; import { type B, value } from "./b.ts"; import { OnlyType } from "./gone.ts"; export type { A };
      interface Local { a: A } declare const nowhere: number; abstract class Base<T> { abstract m(): T; declare d: string; o?: number; n!: string }
      function over(a: string): string; function over(a: number): number; function over(a: unknown) { return a; }
      const x = value as unknown as OnlyType; const y = { a: 1 } satisfies object; const z = <const T,>(a: T): T => a;
      export const result = [over(1), x, y, z("z"), value!, Object.keys(new (class extends Base<B> { m() { return 1; } })())];`,
    "b.ts": `export type B = number; export const value: number = 3;`,
  },
  "enums and namespaces": {
    "index.ts": `export enum Colour { Red, Green = "g", Blue = Red + 5 } const enum Flag { A = 1 << 2, B = A | 1 } namespace Space { export const a = 1; export namespace Inner { export const b = a + 1; } }
      namespace Space { export const c = 3; } export const result = [Colour, Colour[0], Flag.B, Space, Space.Inner.b];`,
  },
  "parameter properties and class fields": {
    "index.ts": `class P { y = this.x; constructor(private readonly x: number, public z = 2) {} get sum() { return this.x + this.z; } } class Q extends P { w = 4; constructor() { super(1); } }
      export const result = [new Q(), new Q().sum];`,
  },
  "decorators, in TypeScript's older form": {
    "index.ts": `const log: string[] = []; function named(name: string): any { return (target: any, key?: string) => { log.push(name + ":" + (key ?? target.name)); }; }
      @named("class") class A { x = 1; @named("method") m() { return this.x; } } export const result = [log, new A().m()];`,
  },
  using: {
    "index.ts": `const log: string[] = []; function open(name: string) { return { [Symbol.dispose]() { log.push(name); } }; }
      function work() { using a = open("a"); using b = open("b"); log.push("work"); } work(); export const result = log;`,
  },
  "every ending, with and without it": {
    "index.ts": `import a from "./a"; import b from "./b.js"; import c from "./c.mts"; import d from "./d.cts"; import e from "./e.cjs"; import f from "./f.json"; import g from "./g"; import h from "./h.mjs"; import i from "./i.js";
      export const result = [a, b, c, d, e, f, g, h, i];`,
    "a.ts": `export default "a.ts" as string;`,
    "b.ts": `export default "b.ts" as string;`,
    "c.mts": `export default "c.mts" as string;`,
    "d.cts": `module.exports = "d.cts" as string;`,
    "e.cjs": `module.exports = "e.cjs";`,
    "f.json": `"f.json"`,
    "g/index.ts": `export default "g/index.ts" as string;`,
    "h.mjs": `export default "h.mjs";`,
    "i.js": `export default "i.js";`,
  },
  "import = and export =": {
    "index.ts": `import x from "./x.cts"; export const result = x;`,
    "x.cts": `import path = require("node:path"); import y = require("./y.cts"); export = [path.basename("/a/b"), y];`,
    "y.cts": `const y: number = 1; module.exports = y;`,
  },
  "JSON, imported without attributes": {
    "index.ts": `import data from "./d.json"; export const result = data;`,
    "d.json": `\uFEFF{ "x": [1] }`,
  },
  "CommonJS without a mark in its name, and a script of the command line": {
    "index.js": `#!/usr/bin/env node\nconst { a } = require("./a"); exports.result = [a, typeof module, this === exports];`,
    "a.js": `module.exports = { a: 1 };`,
  },
  "names of CommonJS that a module uses for itself": {
    "index.ts": `export const module = 1, require = 2, __filename = 3; const exports = 4; export const result = [module, require, __filename, exports];`,
  },
  "aliases of package.json": {
    "index.ts": `import { a } from "#a"; import { b } from "#deep/b"; export const result = [a, b];`,
    "package.json": `{ "imports": { "#a": "./lib/a.ts", "#deep/*": "./lib/*.ts" } }`,
    "lib/a.ts": `export const a: number = 1;`,
    "lib/b.ts": `export const b: number = 2;`,
  },
};
