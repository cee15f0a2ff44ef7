/** What moves a symbol's book and price from outside of the client accounts: synthetic flow, a recording, or another exchange. */
export interface Feed {
  readonly running: boolean;
  start(): void;
  /** Nothing moves any more; the book stays as it is. */
  pause(): void;
}

/** The venue's own two accounts behind a feed: no margin, no limits, no history. */
export interface House<A> {
  readonly maker: A;
  readonly taker: A;
}
