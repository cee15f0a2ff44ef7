/** The queue of what is still to happen: a binary heap over (time, insertion number) from which any event can be taken out again. */

/** Who an event happens to. Events of the dead are dropped, events of the busy wait. */
export interface EventOwner {
  readonly name: string;
  readonly dead: boolean;
  /** Nothing happens to this owner before this virtual time (a stopped process, a slow disk). */
  readonly busyUntilUs: number;
}

export interface KernelEvent {
  atUs: number;
  /** Insertion number: breaks ties of time, so the order of two events never depends on the heap. */
  readonly order: number;
  readonly kind: string;
  readonly owner: EventOwner | undefined;
  readonly run: () => void;
  /** Position in the heap; -1 when it is not in it. */
  slot: number;
}

function comesBefore(a: KernelEvent, b: KernelEvent): boolean {
  return a.atUs < b.atUs || (a.atUs === b.atUs && a.order < b.order);
}

export class EventQueue {
  readonly #heap: KernelEvent[] = [];

  get size(): number {
    return this.#heap.length;
  }

  peek(): KernelEvent | undefined {
    return this.#heap[0];
  }

  push(event: KernelEvent): void {
    this.#heap.push(event);
    this.#rise(event, this.#heap.length - 1);
  }

  pop(): KernelEvent | undefined {
    const first = this.#heap[0];
    if (first !== undefined) this.remove(first);
    return first;
  }

  /** No error when it is not queued (any more). */
  remove(event: KernelEvent): void {
    const slot = event.slot;
    if (slot === -1) return;
    event.slot = -1;
    const last = this.#heap.pop();
    if (last === undefined || last === event) return;
    this.#sink(last, slot);
    if (last.slot === slot) this.#rise(last, slot);
  }

  /** Those that satisfy `wanted`, soonest first; for diagnosis only. */
  list(wanted: (event: KernelEvent) => boolean): readonly KernelEvent[] {
    return this.#heap.filter(wanted).sort((a, b) => (comesBefore(a, b) ? -1 : 1));
  }

  #rise(event: KernelEvent, from: number): void {
    const heap = this.#heap;
    let slot = from;
    while (slot > 0) {
      const above = (slot - 1) >> 1;
      const parent = heap[above];
      if (parent === undefined || comesBefore(parent, event)) break;
      heap[slot] = parent;
      parent.slot = slot;
      slot = above;
    }
    heap[slot] = event;
    event.slot = slot;
  }

  #sink(event: KernelEvent, from: number): void {
    const heap = this.#heap;
    let slot = from;
    for (;;) {
      let below = 2 * slot + 1;
      let child = heap[below];
      if (child === undefined) break;
      const right = heap[below + 1];
      if (right !== undefined && comesBefore(right, child)) {
        below++;
        child = right;
      }
      if (comesBefore(event, child)) break;
      heap[slot] = child;
      child.slot = slot;
      slot = below;
    }
    heap[slot] = event;
    event.slot = slot;
  }
}
