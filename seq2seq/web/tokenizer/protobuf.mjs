/** Wire format of protocol buffers, as far as a SentencePiece model uses it. */

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

/**
 * Yield the fields of a message.
 *
 * @param {Uint8Array} bytes
 * @yields {[number, number | Uint8Array]} Number of a field, and its value: an integer, a
 *   floating-point number, or bytes.
 */
export function* fields(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let place = 0;
  const varint = () => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = view.getUint8(place++);
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  while (place < bytes.length) {
    const key = varint();
    const kind = key % 8;
    let value;
    if (kind === VARINT) value = varint();
    else if (kind === FIXED32) value = view.getFloat32((place += 4) - 4, true);
    else if (kind === FIXED64) value = view.getFloat64((place += 8) - 8, true);
    else if (kind === BYTES) {
      const size = varint();
      value = bytes.subarray(place, place + size);
      place += size;
    } else throw new Error("the tokenizer is damaged");
    yield [Math.floor(key / 8), value];
  }
}
