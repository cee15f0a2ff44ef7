/** Counts what collections are asked while something runs: steps of iterators, lookups, elements that array methods go through. */

type Method = (this: unknown, ...args: unknown[]) => unknown;
type Patched = { readonly target: Record<string, Method>; readonly name: string; readonly weigh: (self: unknown) => number };

const one = (): number => 1;
const length = (self: unknown): number => (self as readonly unknown[]).length;
const prototypeOf = (value: object): Record<string, Method> => Object.getPrototypeOf(value) as Record<string, Method>;

function patched(): readonly Patched[] {
  const iterators = [prototypeOf(new Map().values()), prototypeOf(new Set().values()), prototypeOf([].values())];
  const lookups = ['get', 'has', 'set', 'delete'];
  const searches = ['find', 'findIndex', 'findLast', 'some', 'every', 'includes', 'indexOf'];
  const loops = ['filter', 'map', 'flatMap', 'forEach', 'reduce', 'concat', 'slice', 'splice', 'sort', 'toSorted'];
  return [
    ...iterators.map((target) => ({ target, name: 'next', weigh: one })),
    ...lookups.map((name) => ({ target: prototypeOf(new Map()), name, weigh: one })),
    ...[...searches, ...loops].map((name) => ({ target: prototypeOf([]), name, weigh: length })),
  ];
}

/** The same number on any machine; a loop over all of something inside another one shows in it. */
export async function operationsOf(work: () => Promise<unknown>): Promise<number> {
  let count = 0;
  const undo: (() => void)[] = [];
  for (const { target, name, weigh } of patched()) {
    const original = target[name];
    if (original === undefined) throw new Error(`there is no ${name} to count`);
    target[name] = function counted(this: unknown, ...args: unknown[]): unknown {
      count += weigh(this);
      return original.apply(this, args);
    };
    undo.push(() => {
      target[name] = original;
    });
  }
  try {
    await work();
    return count;
  } finally {
    for (const restore of undo) restore();
  }
}
