import { expect, test } from "vitest";
import { createDebounce } from "../../core/lifecycle/debounce.ts";
import { createFakeClock } from "../support/fakeClock.ts";

function setUp({
  filesOfPlugin = (path: string): number => (path.startsWith("/one") ? 1 : 5),
  isGitBusy = (): boolean => false,
} = {}) {
  const clock = createFakeClock();
  const flushed: string[][] = [];
  const debounce = createDebounce({ clock, filesOfPlugin, isGitBusy, flush: (paths) => flushed.push([...paths]) });
  return { clock, debounce, flushed };
}

test("the file of a one-file plugin is flushed at once", () => {
  const { debounce, flushed, clock } = setUp();

  debounce.push("/one.ts");

  expect(flushed).toEqual([["/one.ts"]]);
  expect(clock.timers()).toBe(0);
});

test("the file of a plugin with several files waits 10 ms", () => {
  const { debounce, flushed, clock } = setUp();

  debounce.push("/many/a.ts");
  clock.advance(9);
  const before = flushed.length;
  clock.advance(1);

  expect(before).toBe(0);
  expect(flushed).toEqual([["/many/a.ts"]]);
});

test("a file that no plugin knows yet waits 10 ms, for a new folder is more than its first file", () => {
  const { debounce, flushed, clock } = setUp({ filesOfPlugin: () => 0 });

  debounce.push("/new/manifest.yml");
  const before = flushed.length;
  clock.advance(10);

  expect(before).toBe(0);
  expect(flushed).toEqual([["/new/manifest.yml"]]);
});

test("the late word of a path that waits already does not lengthen a burst; that of another path does", () => {
  const { debounce, flushed, clock } = setUp();
  for (const path of ["/many/a.ts", "/many/b.ts", "/many/c.ts"]) debounce.push(path);

  clock.advance(20);
  debounce.push("/many/a.ts", true);
  clock.advance(5);
  const first = flushed.length;
  for (const path of ["/many/a.ts", "/many/b.ts", "/many/c.ts"]) debounce.push(path);
  clock.advance(20);
  debounce.push("/many/d.ts", true);
  clock.advance(24);

  expect(first).toBe(1);
  expect(flushed).toHaveLength(1);
  clock.advance(1);
  expect(flushed).toHaveLength(2);
});

test("the second file of a save-all starts the 10 ms anew, and both go together", () => {
  const { debounce, flushed, clock } = setUp();

  debounce.push("/many/a.ts");
  clock.advance(8);
  debounce.push("/many/b.ts");
  clock.advance(9);
  const before = flushed.length;
  clock.advance(1);

  expect(before).toBe(0);
  expect(flushed).toEqual([["/many/a.ts", "/many/b.ts"]]);
});

test("the same file again does not lengthen the 10 ms", () => {
  const { debounce, flushed, clock } = setUp();

  debounce.push("/many/a.ts");
  clock.advance(6);
  debounce.push("/many/a.ts");
  clock.advance(4);

  expect(flushed).toEqual([["/many/a.ts"]]);
});

test("a one-file plugin does not wait for another plugin's save-all", () => {
  const { debounce, flushed, clock } = setUp();

  debounce.push("/many/a.ts");
  debounce.push("/one.ts");
  const atOnce = [...flushed];
  clock.advance(10);

  expect(atOnce).toEqual([["/one.ts"]]);
  expect(flushed).toEqual([["/one.ts"], ["/many/a.ts"]]);
});

test("more than two paths within 50 ms wait for 25 ms of quiet", () => {
  const { debounce, flushed, clock } = setUp();

  for (const name of ["a", "b", "c", "d"]) {
    debounce.push(`/many/${name}.ts`);
    clock.advance(9);
  }
  clock.advance(15);
  const before = flushed.length;
  clock.advance(1);

  expect(before).toBe(0);
  expect(flushed).toEqual([["/many/a.ts", "/many/b.ts", "/many/c.ts", "/many/d.ts"]]);
});

test("the third of three one-file plugins within 50 ms begins a burst", () => {
  const { debounce, flushed, clock } = setUp();

  for (const name of ["1", "2", "3", "4"]) debounce.push(`/one${name}.ts`);
  const atOnce = flushed.length;
  clock.advance(25);

  expect(atOnce).toBe(2);
  expect(flushed).toEqual([["/one1.ts"], ["/one2.ts"], ["/one3.ts", "/one4.ts"]]);
});

test("paths that are further apart than 50 ms are no burst", () => {
  const { debounce, flushed, clock } = setUp();

  for (const name of ["1", "2", "3", "4"]) {
    debounce.push(`/one${name}.ts`);
    clock.advance(51);
  }

  expect(flushed).toHaveLength(4);
});

test("the same path three times within 50 ms is no burst", () => {
  const { debounce, flushed } = setUp();

  for (let round = 0; round < 3; round++) debounce.push("/one.ts");

  expect(flushed).toEqual([["/one.ts"], ["/one.ts"], ["/one.ts"]]);
});

test("a burst stays one through a pause of less than 25 ms", () => {
  const { debounce, flushed, clock } = setUp();

  for (let file = 0; file < 6; file++) {
    debounce.push(`/many/${file}.ts`);
    clock.advance(file < 3 ? 1 : 24);
  }
  clock.advance(1);

  expect(flushed).toHaveLength(1);
  expect(flushed[0]).toHaveLength(6);
});

test("a burst that never goes quiet is flushed after 400 ms", () => {
  const { debounce, flushed, clock } = setUp();

  for (let ms = 0; ms < 399; ms++) {
    debounce.push(`/many/${ms}.ts`);
    clock.advance(1);
  }
  const before = flushed.length;
  clock.advance(1);

  expect(before).toBe(0);
  expect(flushed[0]).toHaveLength(399);
});

test("while git holds its lock even a one-file plugin waits for 25 ms of quiet", () => {
  let isBusy = true;
  const { debounce, flushed, clock } = setUp({ isGitBusy: () => isBusy });

  debounce.push("/one.ts");
  clock.advance(24);
  isBusy = false;
  const before = flushed.length;
  clock.advance(1);

  expect(before).toBe(0);
  expect(flushed).toEqual([["/one.ts"]]);
});

test("quiet while git still holds its lock is not the end of the burst", () => {
  let isBusy = true;
  const { debounce, flushed, clock } = setUp({ isGitBusy: () => isBusy });

  debounce.push("/one.ts");
  clock.advance(60);
  debounce.push("/many/a.ts");
  isBusy = false;
  const before = flushed.length;
  clock.advance(25);

  expect(before).toBe(0);
  expect(flushed).toEqual([["/one.ts", "/many/a.ts"]]);
});

test("a lock that git left behind delays by 400 ms and no longer", () => {
  const { debounce, flushed, clock } = setUp({ isGitBusy: () => true });

  debounce.push("/one.ts");
  clock.advance(399);
  const before = flushed.length;
  clock.advance(1);

  expect(before).toBe(0);
  expect(flushed).toEqual([["/one.ts"]]);
});

test("what comes during a flush belongs to the next one", () => {
  const clock = createFakeClock();
  const flushed: string[][] = [];
  const debounce = createDebounce({
    clock,
    filesOfPlugin: () => 2,
    isGitBusy: () => false,
    flush(paths) {
      flushed.push([...paths]);
      if (flushed.length === 1) debounce.push("/many/late.ts");
    },
  });

  debounce.push("/many/a.ts");
  clock.advance(20);

  expect(flushed).toEqual([["/many/a.ts"], ["/many/late.ts"]]);
});

test("after close nothing is flushed", () => {
  const { debounce, flushed, clock } = setUp();

  debounce.push("/many/a.ts");
  debounce.close();
  clock.advance(1000);

  expect(flushed).toEqual([]);
  expect(clock.timers()).toBe(0);
});
