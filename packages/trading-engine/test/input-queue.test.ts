import { describe, expect, it } from '@jest/globals';
import { InputQueue } from '../src/input-queue.ts';

function queue() {
  const broken: unknown[] = [];
  return { inputs: new InputQueue((error) => broken.push(error)), broken };
}

describe('inputs', () => {
  it('run one after the other, never inside one another', () => {
    const { inputs } = queue();
    const story: string[] = [];
    inputs.run(() => {
      story.push('first begins');
      inputs.run(() => story.push('second'));
      story.push('first ends');
    });

    expect(story).toEqual(['first begins', 'first ends', 'second']);
  });

  it('come back from what they started', async () => {
    const { inputs } = queue();
    const story: string[] = [];
    await inputs.after(Promise.resolve('answer'), (value) => story.push(value));

    expect(story).toEqual(['answer']);
  });

  it.each([
    ['a handler throws', (inputs: InputQueue, error: Error) => inputs.run(() => thrown(error))],
    ['a promise of a port is rejected', (inputs: InputQueue, error: Error) => void inputs.after(Promise.reject(error), () => undefined)],
  ])('end for good when %s', async (_how, breakIt) => {
    const { inputs, broken } = queue();
    const error = new Error('invariant');
    breakIt(inputs, error);
    await Promise.resolve().then(() => undefined);
    let ran = false;
    inputs.run(() => {
      ran = true;
    });

    expect(broken).toEqual([error]);
    expect(ran).toBe(false);
  });

  it('that never end are a loop and not load', () => {
    const { inputs, broken } = queue();
    const again = () => inputs.run(again);
    again();

    expect(broken).toMatchObject([{ message: expect.stringContaining('inputs in one turn') }]);
  });
});

function thrown(error: Error): never {
  throw error;
}
