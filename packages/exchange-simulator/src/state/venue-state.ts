/**
 * A venue's state as a file: one line of JSON with format, version, check sum, and what it belongs to. A file of another version, a damaged
 * one, or one of a venue with other symbols or accounts is refused with the reason, before anything has changed.
 */
import { createHash } from 'node:crypto';
import { AppError } from '@fillwright/runtime/ports';
import type { VenueCore } from '../core/venue-core.ts';
import type { SimulatorOptions } from '../options/options.ts';
import { BadState, type Json, objectOf, type SavedObjects, StateReader, StateWriter } from './state-codec.ts';

const FORMAT = 'fillwright-venue-state';
/** Goes up when an older file no longer means the same. */
export const STATE_VERSION = 2;

/** What the state is about: a venue built from other options cannot take it. */
function subjectOf(options: SimulatorOptions): Json {
  const symbols = options.symbols.map(({ symbol, tickSize, stepSize, firstOrderId, firstTradeId, flow }) => {
    return `${symbol} tick ${tickSize} step ${stepSize} ids from ${firstOrderId} and ${firstTradeId} flow ${flow}`;
  });
  return { seed: options.seed, accounts: options.accounts.map(({ name }) => name), symbols };
}

/** Text of a whole state file. Equal states give equal text. */
export function stateText(core: VenueCore, options: SimulatorOptions): string {
  const body = JSON.stringify({
    subject: subjectOf(options),
    timeUs: core.clock.sourceUs(),
    objects: new StateWriter(core.clock, core.parts()).write(),
  });
  return `{"format":"${FORMAT}","version":${STATE_VERSION},"sha256":"${checkSum(body)}","state":${body}}\n`;
}

function checkSum(body: string): string {
  return createHash('sha256').update(body).digest('hex');
}

/** A file that was read and found sound. */
export interface VenueState {
  /** The venue's time when it was written, without its skew. */
  readonly timeUs: number;
  /** Puts it into a core that was just built and is not started. @throws AppError `XSM_STATE_UNUSABLE` */
  into(core: VenueCore): void;
}

const HEAD = /^\{"format":"([\w-]{1,64})","version":(\d{1,9}),"sha256":"([0-9a-f]{64})","state":/;

/** @throws AppError `XSM_STATE_UNUSABLE`, naming the file. */
export function parseState(text: string, file: string, options: SimulatorOptions): VenueState {
  const refuse = (why: string, cause?: unknown): never => {
    throw new AppError('XSM_STATE_UNUSABLE', `the state file ${file} cannot be used: ${why}`, { cause });
  };
  const head = HEAD.exec(text);
  if (head === null || head[1] !== FORMAT) return refuse(`it is no state of a venue; write one with POST /__sim/dump`);
  if (Number(head[2]) !== STATE_VERSION) return refuse(`it is of version ${head[2]}, this release reads version ${STATE_VERSION}`);
  const body = text.trimEnd().slice(head[0].length, -1);
  if (checkSum(body) !== head[3]) return refuse('it is damaged (its check sum is another); take an older one or start without');
  const state = objectOf(JSON.parse(body) as Json, 'the state');
  const difference = differenceOf(objectOf(subjectOf(options), ''), objectOf(state.subject, 'its subject'));
  if (difference !== undefined) return refuse(difference);
  return {
    timeUs: Number(state.timeUs),
    into: (core) => {
      try {
        new StateReader(core.clock, core.parts(), state.objects as unknown as SavedObjects).restore();
      } catch (error) {
        if (!(error instanceof BadState)) throw error;
        refuse(`${error.message}; it was written by another release`, error);
      }
      core.clock.armRestored();
      core.restored();
    },
  };
}

function differenceOf(mine: { readonly [name: string]: Json }, its: { readonly [name: string]: Json }): string | undefined {
  for (const name of ['seed', 'accounts', 'symbols']) {
    const [here, there] = [JSON.stringify(mine[name]), JSON.stringify(its[name])];
    if (here !== there) return `it belongs to a venue with ${name} ${there}, this one has ${here}`;
  }
  return undefined;
}
