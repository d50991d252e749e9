/**
 * Equations of the parts, with the shapes of their symbols.
 *
 * Each part has `lines`, and `symbols`: triples of the symbol, its shape and the key of its meaning
 * in the texts. S, T, V, E, H and B are the sizes that `sizes` in the texts explains.
 */

import { call, fraction, i, n, o, over, row, sub, sumOver, sup } from "./mathml.mjs";

const at = (name, ...index) => sub(i(name), ...index);
const t = i("t");
const before = row(t, o("−"), n(1));
const times = o("⊙");
const equals = o("=");
const plus = o("+");
const sigma = (...inside) => call("σ", ...inside);
const product = (matrix, gate, vector) => row(at(matrix, i(gate)), vector);
const gate = (name) =>
  row(
    at(name, t),
    equals,
    sigma(product("W", name, at("x", t)), plus, product("U", name, at("h", before))),
  );
const oneMinus = (name) => row(o("("), n(1), o("−"), at(name, t), o(")"));
const mixture = (keep) =>
  row(
    at("h", t),
    equals,
    at(keep, t),
    times,
    at("h", before),
    plus,
    oneMinus(keep),
    times,
    at("n", t),
  );

/** Equations of a step of a cell, by its kind. */
const CELLS = {
  gru: [
    gate("r"),
    gate("z"),
    row(
      at("n", t),
      equals,
      call(
        "tanh",
        product("W", "n", at("x", t)),
        plus,
        at("r", t),
        times,
        product("U", "n", at("h", before)),
      ),
    ),
    mixture("z"),
  ],
  lstm: [
    gate("i"),
    gate("f"),
    gate("o"),
    row(
      at("g", t),
      equals,
      call("tanh", product("W", "g", at("x", t)), plus, product("U", "g", at("h", before))),
    ),
    row(
      at("c", t),
      equals,
      at("f", t),
      times,
      at("c", before),
      plus,
      at("i", t),
      times,
      at("g", t),
    ),
    row(at("h", t), equals, at("o", t), times, call("tanh", at("c", t))),
  ],
  mixture: [
    row(at("f", t), equals, sigma(product("W", "f", at("x", t)))),
    row(at("n", t), equals, product("W", "n", at("x", t))),
    mixture("f"),
  ],
  sru: [
    row(
      at("f", t),
      equals,
      sigma(product("W", "f", at("x", t)), plus, at("v", i("f")), times, at("h", before)),
    ),
    row(at("n", t), equals, product("W", "n", at("x", t))),
    mixture("f"),
  ],
  plain: [
    row(at("h", t), equals, call("φ", row(i("W"), at("x", t)), plus, row(i("U"), at("h", before)))),
  ],
  other: [row(at("h", t), equals, call("f", at("x", t), o(","), at("h", before)))],
};

const GATES = {
  gru: [
    ["r", "reset"],
    ["z", "update"],
    ["n", "candidate"],
  ],
  lstm: [
    ["i", "input"],
    ["f", "forget"],
    ["o", "output"],
    ["g", "candidate"],
    ["c", "cell"],
  ],
  mixture: [
    ["f", "forget"],
    ["n", "candidate"],
  ],
  sru: [
    ["f", "forget"],
    ["n", "candidate"],
  ],
  plain: [],
  other: [],
};

const vector = (name, index, size, meaning) => [at(name, index), size, meaning];

function gateSymbols(kind, width) {
  return GATES[kind].map(([name, meaning]) => vector(name, t, width, meaning));
}

/** Pieces and their vectors. */
export function pieceEquation() {
  return {
    lines: [
      row(
        at("x", i("s")),
        equals,
        at("E", row(o("["), at("id", i("s")), o("]"))),
        o(","),
        i("s"),
        equals,
        n(1),
        o("…"),
        i("S"),
      ),
    ],
    symbols: [
      [i("E"), "V × E", "embedding"],
      [at("id", i("s")), "1", "id"],
      vector("x", i("s"), "E", "pieceVector"),
    ],
  };
}

/** The encoder; `width` is the shape of the state of one direction. */
export function encoderEquation(kind, width, both) {
  const [right, left] = [over(i("h"), "→"), over(i("h"), "←")];
  const joint = row(
    at("m", i("s")),
    equals,
    o("["),
    sub(right, i("s")),
    o(";"),
    sub(left, i("s")),
    o("]"),
  );
  return {
    lines: both ? [...CELLS[kind], joint] : CELLS[kind],
    symbols: [
      vector("x", t, "E", "cellInput"),
      ...gateSymbols(kind, width),
      vector("h", t, width, "hidden"),
      ...(both ? [vector("m", i("s"), "H", "memory")] : []),
    ],
  };
}

/** Attention. */
export function attentionEquation() {
  const exponent = (index) => call("exp", at("e", t, o(","), i(index)));
  return {
    lines: [
      row(at("e", t, o(","), i("s")), equals, call("score", at("q", t), o(","), at("m", i("s")))),
      row(
        at("α", t, o(","), i("s")),
        equals,
        fraction(exponent("s"), row(sumOver(i("j")), exponent("j"))),
      ),
      row(at("c", t), equals, sumOver(i("s")), at("α", t, o(","), i("s")), at("m", i("s"))),
    ],
    symbols: [
      vector("q", t, "H", "query"),
      vector("m", i("s"), "H", "memory"),
      [at("α", t), "S", "weights"],
      vector("c", t, "H", "context"),
    ],
  };
}

/** Probabilities of the next token. */
export function nextEquation() {
  return {
    lines: [
      row(
        at("f", t),
        equals,
        call("tanh", at("W", i("f")), o("["), at("h", t), o(";"), at("c", t), o("]")),
      ),
      row(
        call("p", i("w")),
        equals,
        fraction(
          call("exp", row(sup(sub(i("v"), i("w")), o("⊤")), at("f", t))),
          row(sumOver(i("u")), call("exp", row(sup(sub(i("v"), i("u")), o("⊤")), at("f", t)))),
        ),
      ),
    ],
    symbols: [
      vector("f", t, "F", "features"),
      [at("v", i("w")), "F", "tokenVector"],
      [call("p", i("w")), "1", "probability"],
    ],
  };
}

/** Beam search with its length penalty. */
export function beamEquation(penalty) {
  const length = fraction(row(n(5), plus, i("T")), n(6));
  return {
    lines: [
      row(
        call("log", row(i("p"), o("("), at("y", n(1)), o("…"), at("y", i("T")), o(")"))),
        equals,
        sumOver(t),
        call(
          "log",
          row(i("p"), o("("), at("y", t), o("∣"), at("y", n(1)), o("…"), at("y", before), o(")")),
        ),
      ),
      row(
        i("score"),
        equals,
        call("log", row(i("p"), o("("), at("y", n(1)), o("…"), at("y", i("T")), o(")"))),
        o("/"),
        sup(row(o("("), length, o(")")), n(penalty)),
      ),
    ],
    symbols: [
      [at("y", t), "1", "written"],
      [i("B"), "1", "beam"],
      [i("T"), "1", "writtenCount"],
    ],
  };
}

/** The decoder. */
export function decoderEquation(kind) {
  return {
    lines: CELLS[kind],
    symbols: [
      vector("x", t, "E …", "decoderInput"),
      ...gateSymbols(kind, "H"),
      vector("h", t, "H", "hidden"),
    ],
  };
}
