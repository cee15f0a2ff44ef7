/** Cuts the bytes of one direction of a WebSocket connection into what came before the first frame, and frames (RFC 6455). */

export interface Frame {
  /** As they came, to be carried on. */
  readonly bytes: Buffer;
  /** Of an unfragmented text frame; all others carry none. */
  readonly text: string | undefined;
}

const HEAD_END = Buffer.from('\r\n\r\n');
const WHOLE_TEXT = 0x81;

export class FrameCutter {
  #bytes: Buffer = Buffer.alloc(0);
  #isOpen = false;

  /** What is complete by now, in order. */
  push(chunk: Buffer): readonly Frame[] {
    this.#bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk]);
    const frames: Frame[] = [];
    if (!this.#isOpen) {
      const end = this.#bytes.indexOf(HEAD_END);
      if (end === -1) return frames;
      this.#isOpen = true;
      frames.push({ bytes: this.#take(end + HEAD_END.length), text: undefined });
    }
    for (let frame = this.#next(); frame !== undefined; frame = this.#next()) frames.push(frame);
    return frames;
  }

  #next(): Frame | undefined {
    const [first, second] = this.#bytes;
    if (first === undefined || second === undefined) return undefined;
    const short = second & 0x7f;
    const wide = short === 126 ? 2 : short === 127 ? 8 : 0;
    const maskAt = 2 + wide;
    const dataAt = maskAt + ((second & 0x80) === 0 ? 0 : 4);
    if (this.#bytes.length < dataAt) return undefined;
    const length = wide === 0 ? short : wide === 2 ? this.#bytes.readUInt16BE(2) : Number(this.#bytes.readBigUInt64BE(2));
    if (this.#bytes.length < dataAt + length) return undefined;
    const bytes = this.#take(dataAt + length);
    if (first !== WHOLE_TEXT) return { bytes, text: undefined };
    const data = Buffer.from(bytes.subarray(dataAt));
    const mask = bytes.subarray(maskAt, dataAt);
    if (mask.length > 0) for (let at = 0; at < data.length; at += 1) data[at] = (data[at] ?? 0) ^ (mask[at % 4] ?? 0);
    return { bytes, text: data.toString() };
  }

  #take(length: number): Buffer {
    const taken = this.#bytes.subarray(0, length);
    this.#bytes = this.#bytes.subarray(length);
    return taken;
  }
}
