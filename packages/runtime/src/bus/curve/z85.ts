/** The spelling of binary keys that libzmq takes (ZeroMQ RFC 32): five characters for four bytes. Pure. */
const DIGITS = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#';

/** @throws RangeError unless the length is a multiple of four. */
export function z85FromBytes(bytes: Uint8Array): string {
  if (bytes.length % 4 !== 0) throw new RangeError('Z85 takes whole groups of four bytes');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let text = '';
  for (let at = 0; at < bytes.length; at += 4) {
    let group = view.getUint32(at);
    let five = '';
    for (let digit = 0; digit < 5; digit += 1) {
      five = DIGITS.charAt(group % 85) + five;
      group = Math.floor(group / 85);
    }
    text += five;
  }
  return text;
}
