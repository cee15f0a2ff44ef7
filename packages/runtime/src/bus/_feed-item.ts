/** From what the codec says to what a feed counts: a message it could not understand still took its sequence number. */
import type { Decoded } from '@fillwright/messages';
import type { FeedItem } from './_held-messages.ts';

/** `undefined` when not even the envelope could be read. */
export function itemFrom(decoded: Decoded): FeedItem | undefined {
  if (decoded.ok) {
    const { message } = decoded;
    return { epoch: message.epoch, seq: message.seq, pos: message.pos, message };
  }
  const { envelope } = decoded;
  return envelope && { epoch: envelope.epoch, seq: envelope.seq, pos: envelope.pos, message: undefined, fault: decoded.code };
}
