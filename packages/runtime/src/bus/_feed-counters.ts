/** What a subscription counts for operators and `zmq-test`. */
export class FeedCounters {
  delivered = 0;
  gaps = 0;
  missed = 0;
  lostTails = 0;
  duplicates = 0;
  outdated = 0;
  notUnderstood = 0;
  epochs = 0;
  snapshots = 0;
  replayed = 0;
  hellos = 0;

  gap(missing: number): void {
    this.gaps += 1;
    this.missed += missing;
  }

  all() {
    const { delivered, gaps, missed, lostTails, duplicates, outdated, notUnderstood, epochs, snapshots, replayed, hellos } = this;
    return { delivered, gaps, missed, lostTails, duplicates, outdated, notUnderstood, epochs, snapshots, replayed, hellos };
  }
}
