/** What moves a symbol's book and price from outside of the client accounts: synthetic flow, a recording, or another exchange. */
export interface Feed {
  readonly running: boolean;
  /** How it is, in a word or a sentence; absent where `running` says all. */
  readonly state?: string;
  /** Why nobody can trade on the symbol now. */
  readonly trouble?: string | undefined;
  start(): void;
  /** Nothing moves any more; the book stays as it is. */
  pause(): void;
  /** Gives back files and connections. */
  close?(): void;
}

/** The venue's own two accounts behind a feed: no margin, no limits, no history. */
export interface House<A> {
  readonly maker: A;
  readonly taker: A;
}
