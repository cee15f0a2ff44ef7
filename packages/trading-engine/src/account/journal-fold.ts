/**
 * Folds a journal into a book fast: of each order only the last state matters, so the states before it are never built, and an order that
 * closed and is in the index is not built at all. The outcome is that of `AccountBook.apply` for each record, which a test holds it to.
 */
import type { OrderView } from '@fillwright/messages';
import type { AccountBook } from './account-book.ts';
import type { IdIndex } from './id-index.ts';
import { namesIn } from './order-archive.ts';
import type { JournalRecord } from './record.ts';

/** What the records so far say about one order. */
interface Story {
  view: OrderView;
  pos: number;
  readonly names: string[];
  readonly commandIds: string[];
}

/** Closed orders are written to the index so often. */
const TIDY_EVERY = 2_000;

export class JournalFold {
  readonly #book: AccountBook;
  readonly #index: IdIndex;
  /** In the order of their first record. */
  readonly #stories = new Map<string, Story>();
  #untidy = 0;

  constructor(book: AccountBook, index: IdIndex) {
    this.#book = book;
    this.#index = index;
  }

  take(record: JournalRecord, pos: number): void {
    if (record.k === 'order') this.#order(record.change.order, record.change.commandId, pos);
    this.#book.applyRest(record, pos);
    this.#untidy += 1;
    if (this.#untidy >= TIDY_EVERY) this.#tidy(pos);
  }

  /** Nothing is taken afterwards. */
  end(): void {
    const { lastPos } = this.#book;
    this.#tidy(lastPos);
    for (const { view, pos, names, commandIds } of this.#stories.values()) this.#book.changeOrder(view, pos, names, commandIds);
    this.#stories.clear();
  }

  #order(view: OrderView, commandId: string | undefined, pos: number): void {
    const story = this.#stories.get(view.clientOrderId) ?? this.#begin(view, pos);
    story.view = view;
    story.pos = pos;
    for (const name of namesIn(view)) if (!story.names.includes(name)) story.names.push(name);
    if (commandId !== undefined) story.commandIds.push(commandId);
    if (view.state !== 'closed') return;
    if (pos > this.#index.pos) this.#index.note(view, pos, story.names);
    else this.#ended(view.clientOrderId);
  }

  #begin(view: OrderView, pos: number): Story {
    const story: Story = { view, pos, names: [...this.#book.namesOf(view.clientOrderId)], commandIds: [] };
    this.#stories.set(view.clientOrderId, story);
    return story;
  }

  /** What is in the index can be found there. */
  #tidy(pos: number): void {
    this.#untidy = 0;
    this.#index.reached(pos);
    if (!this.#index.flush()) return;
    for (const [id, { view }] of this.#stories) if (view.state === 'closed') this.#ended(id);
  }

  /** It may have lived in the snapshot that this fold began from. */
  #ended(id: string): void {
    const story = this.#stories.get(id);
    this.#stories.delete(id);
    if (story && this.#book.isLive(id)) this.#book.changeOrder(story.view, story.pos, story.names, []);
  }
}
