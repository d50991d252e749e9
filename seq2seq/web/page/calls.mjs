/** Calls to the worker, each with the promise of an answer. */

export class Calls {
  #worker;
  #waiting = new Map();
  #last = 0;

  /** @param {Worker} worker */
  constructor(worker) {
    this.#worker = worker;
    worker.onmessage = ({ data }) => this.#take(data);
    worker.onerror = (event) => this.#fail(event.message ?? "the worker stopped");
  }

  /**
   * Ask the worker for something.
   *
   * @param {string} request Name of the request.
   * @param {object} content
   * @param {{transfer?: ArrayBuffer[], signal?: AbortSignal, onPart?: (part: string) => void}}
   *   [options] Buffers that the worker keeps, the signal that cancels the request, and what takes
   *   parts of the answer.
   * @returns {Promise<any>}
   */
  ask(request, content, { transfer = [], signal, onPart } = {}) {
    const id = ++this.#last;
    signal?.addEventListener("abort", () => this.#worker.postMessage({ id, request: "cancel" }));
    return new Promise((keep, refuse) => {
      this.#waiting.set(id, { keep, refuse, onPart });
      this.#worker.postMessage({ ...content, id, request }, transfer);
    });
  }

  #take({ id, part, answer, error }) {
    const { keep, refuse, onPart } = this.#waiting.get(id);
    if (part !== undefined) {
      onPart?.(part);
      return;
    }
    this.#waiting.delete(id);
    if (error === undefined) keep(answer);
    else refuse(new Error(error));
  }

  #fail(message) {
    for (const { refuse } of this.#waiting.values()) refuse(new Error(message));
    this.#waiting.clear();
  }
}
