import type { Log, Metrics } from '@fillwright/runtime';
import { describe, expect, it } from '@jest/globals';
import { Rotation } from '../../src/account/rotation.ts';

/** A journal of segments of 100 positions, a snapshot at 1000, and an index that is durable when the test says so. */
class Desk {
  dropped: number[] = [];
  consumerNeeds = 900;
  failure: Error | undefined;
  readonly failures: unknown[] = [];
  readonly settling: ((isDurable: boolean) => void)[] = [];
  readonly rotation: Rotation;

  constructor() {
    const log = { info: () => undefined } as unknown as Log;
    const metrics = { gauge: () => undefined } as unknown as Metrics;
    const journal = {
      firstPos: 1,
      droppable: (pos: number) => Math.floor((pos - 1) / 100),
      dropBefore: (pos: number) => {
        if (this.failure) throw this.failure;
        return this.dropped.push(pos);
      },
    };
    const needs = () => this.consumerNeeds;
    const consumers = {
      get neededPos() {
        return needs();
      },
    };
    const disk = { list: () => ['0000000000001000.snapshot'] };
    const index = { pos: 2_000, settle: (done: (isDurable: boolean) => void) => void this.settling.push(done) };
    const parts = { log, metrics, journal, consumers, disk, index, snapshotFolder: 'snapshots', backlogBytes: 1, clock: {} };
    this.rotation = new Rotation(parts as never);
  }

  rotate(): void {
    this.rotation.rotate((error) => this.failures.push(error));
  }
}

describe('a journal that could forget', () => {
  it('does so only when what stands for it is durable, and is asked for once meanwhile', () => {
    const desk = new Desk();
    desk.rotate();
    desk.rotate();
    expect([desk.settling.length, desk.dropped]).toEqual([1, []]);
    desk.settling[0]?.(true);

    expect(desk.dropped).toEqual([900]);
  });

  it('keeps everything when that could not be had, and tries again', () => {
    const desk = new Desk();
    desk.rotate();
    desk.settling[0]?.(false);
    expect(desk.dropped).toEqual([]);
    desk.rotate();
    desk.settling[1]?.(true);

    expect(desk.dropped).toEqual([900]);
  });

  it('keeps what a consumer went back to meanwhile', () => {
    const desk = new Desk();
    desk.rotate();
    desk.consumerNeeds = 300;
    desk.settling[0]?.(true);

    expect(desk.dropped).toEqual([300]);
  });

  it('tells of a disk that refuses, and tries again', () => {
    const desk = new Desk();
    desk.failure = new Error('refused');
    desk.rotate();
    desk.settling[0]?.(true);
    expect(desk.failures).toEqual([desk.failure]);
    desk.failure = undefined;
    desk.rotate();
    desk.settling[1]?.(true);

    expect(desk.dropped).toEqual([900]);
  });

  it('asks for nothing when there is nothing to forget', () => {
    const desk = new Desk();
    desk.consumerNeeds = 50;
    desk.rotate();

    expect(desk.settling).toEqual([]);
  });
});
