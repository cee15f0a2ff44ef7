/** Thrown by every synchronous port call of an incarnation that was killed: it unwinds code that no longer exists. */
export class IncarnationDead extends Error {
  override readonly name = 'IncarnationDead';

  constructor(incarnation: string) {
    super(`${incarnation} is dead: nothing it does has any effect`);
  }
}
