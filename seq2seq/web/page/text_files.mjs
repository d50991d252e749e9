/** Text files that are opened, or dropped on the page. */

const MOST_BYTES = 1_000_000;

/**
 * Take files from a button and from what is dropped on an element.
 *
 * @param {HTMLElement} pane Element on which files are dropped.
 * @param {HTMLInputElement} input Element that chooses a file.
 * @param {(text: string) => void} onText Takes the text of a file.
 * @param {(reason: string) => void} onFailure Takes "tooLong" or "notText".
 */
export function takeFiles(pane, input, onText, onFailure) {
  const take = async (file) => {
    if (file.size > MOST_BYTES) return onFailure("tooLong");
    try {
      return onText(decoded(await file.arrayBuffer()));
    } catch {
      return onFailure("notText");
    }
  };
  input.addEventListener("change", () => {
    if (input.files.length) take(input.files[0]);
    input.value = "";
  });
  pane.addEventListener("dragover", (event) => {
    if (!event.dataTransfer.types.includes("Files")) return;
    event.preventDefault();
    pane.classList.add("dropping");
  });
  pane.addEventListener("dragleave", () => pane.classList.remove("dropping"));
  pane.addEventListener("drop", (event) => {
    pane.classList.remove("dropping");
    if (!event.dataTransfer.files.length) return;
    event.preventDefault();
    take(event.dataTransfer.files[0]);
  });
}

/** Return bytes as text; those that are neither UTF-8 nor UTF-16 with a mark are refused. */
function decoded(buffer) {
  const [first, second] = new Uint8Array(buffer);
  const isMarked = (a, b) => first === a && second === b;
  let encoding = "utf-8";
  if (isMarked(0xff, 0xfe)) encoding = "utf-16le";
  if (isMarked(0xfe, 0xff)) encoding = "utf-16be";
  const text = new TextDecoder(encoding, { fatal: true }).decode(buffer);
  if (text.includes("\0")) throw new Error("not a text");
  return text;
}
