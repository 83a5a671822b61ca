interface P { tryFirst?: boolean }
type H<R> = (r: R, c: string) => number;
type W<R> = (r: R, n: () => number, c: string) => number;
type I1<R> = (H<R> & {wrapper?: undefined}) | (P & { handler: H<R>; wrapper?: false }) | (P & { handler: W<R>; wrapper: true });
type R = { q: string };
export const a: I1<R> = { handler: ({ q }) => q.length, tryFirst: true };
export const b: { x?: I1<R> } = { x: { handler: ({ q }) => q.length, tryFirst: true } };
export const b1: { x?: I1<R> } = { x: ({ q }) => q.length };
export const b2: { x?: I1<R> } = { x({ q }) { return q.length } };
export const b3: { x?: I1<R> } = { x: { wrapper: true, handler: ({ q }, next, cc) => next() + q.length + cc.length } };
type L<R> = I1<R> | (readonly I1<R>[] & {wrapper?: undefined});
export const c: { x?: L<R> } = { x: { handler: ({ q }) => q.length, tryFirst: true } };
export const c2: { x?: L<R> } = { x: [{ handler: (r) => r.q.length }, ({q}) => q.length, { wrapper: true, handler: ({ q }, next, cc) => next() + q.length + cc.length }] };
export const c3: { x?: L<R> } = { x: ({q}) => q.length };
function f(this: void, r: R) { return r.q.length; }
export const c4: { x?: L<R> } = { x: f };
const arr: readonly H<R>[] = [f];
export const c5: { x?: L<R> } = { x: arr };
