/** What the view says, in English. */

export const EN = {
  locale: "en",
  quoted: (text) => `“${text}”`,
  title: "Inside the translation",
  source: "Source",
  translation: "Translation",
  copied:
    "This sentence was copied. It did not go through the model, so there is nothing to see inside.",
  empty: "This trace has no sentence.",
  start: "start of the sentence",
  end: "end of the sentence",
  space: "space",
  table: "As a table",
  equation: "Equation and shapes",
  symbol: "Symbol",
  shape: "Shape",
  meaning: "Meaning",
  sizes: (sizes) =>
    `S = ${sizes.S} source tokens, T = ${sizes.T} written tokens, H = ${sizes.H} units, ` +
    `B = ${sizes.B} rows of the beam; V is the size of the vocabulary, E that of an embedding, ` +
    "F that of the features.",
  time: {
    title: "Time",
    play: "Play",
    pause: "Pause",
    back: "Previous moment",
    on: "Next moment",
    slider: "Moment of the translation",
    reading: (one, other) => `Reading “${one}” from the left and “${other}” from the right`,
    readingLeft: (one) => `Reading “${one}”`,
    writing: (piece, step) => `Step ${step}: writing “${piece}”`,
    place: (moment, count) => `${moment} of ${count}`,
  },
  forced: {
    title: "You chose another token",
    before: "Before",
    now: "Now",
    undo: "Undo",
    busy: "Translating …",
    failed: (reason) => `The translation failed: ${reason}`,
  },
  pieces: {
    title: "Tokens of the source",
    text: [
      "The model reads numbers, not letters. A tokenizer splits the sentence into tokens of a " +
        "fixed vocabulary. Frequent words are one token, and rare ones are several. The sign ▁ " +
        "stands for the space before a word. The arrows ↑, ⇑ and ⇩ are case marks: the token that " +
        "follows has a capital, is in capitals, or is in lowercase.",
      "Each token has an id. The id selects a row of a table: the embedding of the token.",
    ],
    list: "Source tokens",
  },
  encoder: {
    title: "Encoder: reading in both directions",
    text: [
      "The encoder reads the tokens one by one and updates a state, a vector that summarizes " +
        "what it has read so far. One cell reads from the left and another from the right, so " +
        "each position knows what comes before it and what comes after it.",
      "Each column is a token, and each row is one unit of the state. Point at a cell, or move " +
        "with the arrow keys, to see how the unit got its value.",
    ],
    forward: "Forward, from the left",
    backward: "Backward, from the right",
  },
  attention: {
    title: "Attention: what each token reads",
    text: [
      "Before the decoder writes a token, it compares its state with every position of the " +
        "source. The softmax of these scores gives weights that sum to 1, and the decoder reads " +
        "the weighted mean.",
      "Point at a written token, or move to it with the keyboard, to see what was read for it. " +
        "Weights are no explanation: the states that are read already contain much of their " +
        "neighbors.",
    ],
    written: "Written tokens",
    read: "Source tokens, shaded by weight",
    matrix: "Rows are written tokens, columns are source tokens",
    none: "This model has no attention. Its decoder starts from a summary of the source.",
    reads: (written, parts) => `For “${written}” it reads ${parts}`,
  },
  next: {
    title: "Probabilities of the next token",
    text: [
      "The decoder turns its state and what it read into a score for every token of the " +
        "vocabulary. The softmax makes probabilities of them. These are the ten most likely.",
      "The search does not have to take the most likely one: it looks for the most likely " +
        "sentence.",
    ],
    force: "Choose a token to force it here, and watch the rest change.",
    branch:
      "Choose a token that the beam has kept to follow its branch. To force any token, open the " +
      "sentence on the page that translates.",
    after: (text) => (text ? `After “${text}”:` : "At the start:"),
    reading: "The decoder has not started. It begins when the encoder has read everything.",
    chosen: "written here",
  },
  beam: {
    title: "Beam: a tree that grows and is cut",
    text: [
      "At each step, the search extends its unfinished translations by every token, and keeps " +
        "only the best: as many as the beam is wide. A branch without a successor among them is " +
        "cut (×).",
      "A translation is finished when it takes the end token </s> (double border). Each token " +
        "lowers the log-probability, so finished ones are ranked after division by a length " +
        "penalty. The thick line leads to the chosen translation. " +
        "Choose a token to follow its branch.",
    ],
    label: (text, total, state) => `${text}: log-probability ${total}, ${state}`,
    tree: "Tree of the search",
    dropped: (list) => `Dropped at this step: ${list}`,
    none: "The search has not started.",
    kept: "kept",
    cut: "cut",
    finished: "finished",
    coming: "not yet there",
    droppedState: "dropped",
    columns: ["Step", "Extends", "Token", "Log-probability", "Outcome"],
  },
  decoder: {
    title: "Decoder: hidden state and gates",
    text: [
      "The decoder has a state of its own, which says what has been written and what is left to " +
        "write. At each step, its input is the last written token and what attention has read.",
      "Gates lie between 0 and 1. An update or forget gate near 1 keeps the old value of a " +
        "unit, and near 0 takes a new one. The slowest units are at the top.",
    ],
    without:
      "The trace has the gates only of branches that lead to a translation of the n-best list.",
  },
  map: {
    layer: "Layer",
    value: "Values",
    at: (name, unit, piece, value) => `${name}, unit ${unit}, at “${piece}”: ${value}`,
    shown: (shown, count) => (shown < count ? `${shown} of ${count} units` : `${count} units`),
    columns: ["Token", "Mean", "Smallest", "Largest"],
    point: "Point at a cell to see its value.",
    names: {
      "state hidden": "Hidden state",
      "state cell": "Cell state",
      "gate reset": "Reset gate",
      "gate update": "Update gate",
      "gate candidate": "Candidate",
      "gate input": "Input gate",
      "gate forget": "Forget gate",
      "gate cell": "Candidate",
      "gate output": "Output gate",
    },
  },
  meanings: {
    embedding: "table of embeddings",
    id: "id of a token",
    pieceVector: "embedding of a token",
    cellInput: "input: an embedding, or the output of the layer below",
    reset: "reset gate",
    update: "update gate",
    candidate: "candidate, the new value",
    input: "input gate",
    forget: "forget gate",
    output: "output gate",
    cell: "cell state",
    hidden: "hidden state",
    memory: "what the encoder knows at a position",
    query: "query: state of the decoder",
    weights: "attention weights, which sum to 1",
    context: "what was read",
    features: "features of the next token",
    tokenVector: "vector of a token of the vocabulary",
    probability: "probability of token w",
    written: "written token",
    beam: "beam: number of rows kept",
    writtenCount: "number of tokens with the end token",
    decoderInput: "embedding of the last token, and what was read",
  },
  cellNote:
    "σ is the sigmoid, ⊙ multiplies unit by unit, and biases are left out. A cell with layer " +
    "normalization normalizes each product first.",
  scoreNote:
    "The score depends on the model: with Bahdanau's attention it is v⊤ tanh(W q + U m), with " +
    "Luong's it is q⊤ m or q⊤ W m.",
  page: { language: "Language", sentence: "Sentence" },
};
