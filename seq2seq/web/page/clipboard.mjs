/** Copying of a text. */

/** Copy what a text area holds; pages without the right to the clipboard select it instead. */
export async function copyFrom(area) {
  try {
    await navigator.clipboard.writeText(area.value);
  } catch {
    area.select();
    document.execCommand("copy");
  }
}
