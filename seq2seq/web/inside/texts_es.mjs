/** Lo que dice la vista, en español. */

export const ES = {
  locale: "es",
  quoted: (text) => `«${text}»`,
  title: "La traducción por dentro",
  source: "Original",
  translation: "Traducción",
  copied: "Esta frase se copió. No pasó por el modelo, así que no hay nada que ver por dentro.",
  empty: "Esta traza no contiene ninguna frase.",
  start: "principio de la frase",
  end: "fin de la frase",
  space: "espacio",
  table: "En forma de tabla",
  equation: "Ecuación y formas",
  symbol: "Símbolo",
  shape: "Forma",
  meaning: "Significado",
  sizes: (sizes) =>
    `S = ${sizes.S} piezas leídas, T = ${sizes.T} piezas escritas, H = ${sizes.H} unidades, ` +
    `B = ${sizes.B} filas del haz; V es el tamaño del vocabulario, E el de un embedding y F el de ` +
    "los rasgos.",
  time: {
    title: "Tiempo",
    play: "Reproducir",
    pause: "Pausa",
    back: "Momento anterior",
    on: "Momento siguiente",
    slider: "Momento de la traducción",
    reading: (one, other) => `Lee «${one}» desde la izquierda y «${other}» desde la derecha`,
    readingLeft: (one) => `Lee «${one}»`,
    writing: (piece, step) => `Paso ${step}: escribe «${piece}»`,
    place: (moment, count) => `${moment} de ${count}`,
  },
  forced: {
    title: "Ha elegido otra pieza",
    before: "Antes",
    now: "Ahora",
    undo: "Deshacer",
    busy: "Traduciendo…",
    failed: (reason) => `La traducción ha fallado: ${reason}`,
  },
  pieces: {
    title: "Piezas del original",
    text: [
      "El modelo no lee letras, sino números. Un tokenizador divide la frase en piezas de un " +
        "vocabulario fijo. Las palabras frecuentes son una sola pieza; las raras, varias. El " +
        "signo ▁ representa el espacio que precede a una palabra. Las flechas ↑, ⇑ y ⇩ son marcas " +
        "de mayúsculas: la pieza siguiente empieza con mayúscula, va toda en mayúsculas o va en " +
        "minúsculas.",
      "Cada pieza tiene un número. Ese número elige una fila de una tabla: el embedding de la " +
        "pieza.",
    ],
    list: "Piezas del original",
  },
  encoder: {
    title: "Codificador: lee en ambos sentidos",
    text: [
      "El codificador lee las piezas una a una y actualiza un estado, un vector que resume lo " +
        "que ha leído hasta ahora. Una celda lee desde la izquierda y otra desde la derecha, así " +
        "que cada posición sabe qué hay antes y qué hay después.",
      "Cada columna es una pieza y cada fila es una unidad del estado. Señale una casilla, o " +
        "muévase con las flechas del teclado, para ver cómo obtuvo su valor la unidad.",
    ],
    forward: "Hacia delante, desde la izquierda",
    backward: "Hacia atrás, desde la derecha",
  },
  attention: {
    title: "Atención: qué lee cada pieza",
    text: [
      "Antes de escribir una pieza, el decodificador compara su estado con cada posición del " +
        "original. La softmax de estas puntuaciones da pesos que suman 1, y el decodificador lee " +
        "la media ponderada.",
      "Señale una pieza escrita, o llegue a ella con el teclado, para ver qué se leyó para " +
        "escribirla. Los pesos no son una explicación: los estados leídos ya contienen mucho de " +
        "sus vecinos.",
    ],
    written: "Piezas escritas",
    read: "Piezas del original, coloreadas según su peso",
    matrix: "Las filas son piezas escritas; las columnas, piezas del original",
    none: "Este modelo no tiene atención. Su decodificador parte de un resumen del original.",
    reads: (written, parts) => `Para «${written}» lee ${parts}`,
  },
  next: {
    title: "Probabilidades de la pieza siguiente",
    text: [
      "El decodificador convierte su estado y lo que ha leído en una puntuación para cada pieza " +
        "del vocabulario. La softmax las convierte en probabilidades. Estas son las diez más " +
        "probables.",
      "La búsqueda no tiene que tomar la más probable: busca la frase más probable.",
    ],
    force: "Elija una pieza para imponerla aquí y ver cómo cambia el resto.",
    branch:
      "Elija una pieza que el haz haya conservado para seguir su rama. Para imponer cualquier " +
      "pieza, abra la frase en la página que traduce.",
    after: (text) => (text ? `Después de «${text}»:` : "Al principio:"),
    reading: "El decodificador no ha empezado. Empieza cuando el codificador lo ha leído todo.",
    chosen: "escrita aquí",
  },
  beam: {
    title: "Haz: un árbol que crece y se poda",
    text: [
      "En cada paso, la búsqueda prolonga sus traducciones incompletas con todas las piezas y " +
        "conserva solo las mejores: tantas como ancho es el haz. Una rama sin continuación entre " +
        "ellas se corta (×).",
      "Una traducción está completa cuando toma la pieza final </s> (borde doble). Cada pieza " +
        "reduce la probabilidad logarítmica, así que las completas se ordenan tras dividirla por " +
        "una penalización de longitud. La línea gruesa lleva a la traducción elegida. " +
        "Elija una pieza para seguir su rama.",
    ],
    label: (text, total, state) => `${text}: probabilidad logarítmica ${total}, ${state}`,
    tree: "Árbol de la búsqueda",
    dropped: (list) => `Descartadas en este paso: ${list}`,
    none: "La búsqueda no ha empezado.",
    kept: "conservada",
    cut: "cortada",
    finished: "completa",
    coming: "aún no existe",
    droppedState: "descartada",
    columns: ["Paso", "Prolonga", "Pieza", "Probabilidad logarítmica", "Resultado"],
  },
  decoder: {
    title: "Decodificador: estado oculto y puertas",
    text: [
      "El decodificador tiene su propio estado, que dice qué se ha escrito y qué falta por " +
        "escribir. En cada paso recibe la última pieza escrita y lo que ha leído la atención.",
      "Las puertas valen entre 0 y 1. Una puerta de actualización o de olvido cercana a 1 " +
        "conserva el valor anterior de una unidad; cercana a 0, toma uno nuevo. Las unidades más " +
        "lentas están arriba.",
    ],
    without:
      "La traza solo contiene las puertas de las ramas que llevan a una de las mejores " +
      "traducciones.",
  },
  map: {
    layer: "Capa",
    value: "Valores",
    at: (name, unit, piece, value) => `${name}, unidad ${unit}, en «${piece}»: ${value}`,
    shown: (shown, count) =>
      shown < count ? `${shown} de ${count} unidades` : `${count} unidades`,
    columns: ["Pieza", "Media", "Mínimo", "Máximo"],
    point: "Señale una casilla para ver su valor.",
    names: {
      "state hidden": "Estado oculto",
      "state cell": "Estado de la celda",
      "gate reset": "Puerta de reinicio",
      "gate update": "Puerta de actualización",
      "gate candidate": "Candidato",
      "gate input": "Puerta de entrada",
      "gate forget": "Puerta de olvido",
      "gate cell": "Candidato",
      "gate output": "Puerta de salida",
    },
  },
  meanings: {
    embedding: "tabla de embeddings",
    id: "número de una pieza",
    pieceVector: "embedding de una pieza",
    cellInput: "entrada: un embedding o la salida de la capa inferior",
    reset: "puerta de reinicio",
    update: "puerta de actualización",
    candidate: "candidato, el valor nuevo",
    input: "puerta de entrada",
    forget: "puerta de olvido",
    output: "puerta de salida",
    cell: "estado de la celda",
    hidden: "estado oculto",
    memory: "lo que sabe el codificador en una posición",
    query: "consulta: estado del decodificador",
    weights: "pesos de atención, que suman 1",
    context: "lo leído",
    features: "rasgos de la pieza siguiente",
    tokenVector: "vector de una pieza del vocabulario",
    probability: "probabilidad de la pieza w",
    written: "pieza escrita",
    beam: "haz: número de filas conservadas",
    writtenCount: "número de piezas, con la final",
    decoderInput: "embedding de la última pieza y lo leído",
  },
  cellNote:
    "σ es la sigmoide, ⊙ multiplica unidad por unidad, y se omiten los sesgos. Una celda con " +
    "normalización de capa normaliza antes cada producto.",
  scoreNote:
    "La puntuación depende del modelo: con la atención de Bahdanau es v⊤ tanh(W q + U m); con " +
    "la de Luong, q⊤ m o q⊤ W m.",
  page: { language: "Idioma", sentence: "Frase" },
};
