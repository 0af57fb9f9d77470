// Draws the live picture of the camera and what is said of it. Pictures come over one long
// answer of this box, only while somebody looks: a hidden tab lets go of it.
// A module, so that its names are its own beside status.js.

const AGAIN_MS = 2000;
const WORDS_EVERY_MS = 1500;
const SVG = "http://www.w3.org/2000/svg";

const canvas = document.getElementById("picture");
const boxes = document.getElementById("boxes");
const waiting = document.getElementById("waiting");
const note = document.getElementById("note");
const place = canvas.getContext("2d");
const camera = canvas.dataset.camera;
let looking = null;
let againTimer = null;
let lastWords = 0;

function element(name, attributes, text) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text) made.textContent = text;
  return made;
}

function say(id, text) {
  const where = document.getElementById(id);
  if (where.textContent !== text) where.textContent = text;
}

function drawBoxes(said) {
  boxes.setAttribute("viewBox", `0 0 ${said.width} ${said.height}`);
  const size = Math.max(12, said.width / 40);
  const drawn = said.faces.flatMap((face) => {
    const [left, top, width, height] = face.box;
    const x = left * said.width;
    const y = top * said.height;
    const box = { x, y, width: width * said.width, height: height * said.height, rx: 4 };
    const under = Math.min(said.height - 4, y + height * said.height + size);
    // Words of a face on the right would end outside of the picture.
    const right = x + box.width / 2 > said.width / 2;
    const words = { x: right ? x + box.width : x, "text-anchor": right ? "end" : "start", "font-size": size };
    return [
      element("rect", { ...box, class: `face ${face.tone}` }),
      element("text", { ...words, y: Math.max(size, y - 5) }, face.size),
      element("text", { ...words, y: under }, face.words),
    ];
  });
  boxes.replaceChildren(...drawn);
}

function drawMap(map) {
  const cells = map.shades.map((shade, index) =>
    element("rect", {
      x: index % map.columns,
      y: Math.floor(index / map.columns),
      width: 1,
      height: 1,
      "fill-opacity": shade,
    }),
  );
  document.getElementById("coverage").replaceChildren(...cells);
}

function drawBars(shares) {
  const most = Math.max(...shares, 0.001);
  const wide = 160 / shares.length;
  const bars = shares.map((share, index) => {
    const high = (40 * share) / most;
    return element("rect", { x: index * wide, y: 40 - high, width: wide - 1, height: high });
  });
  document.getElementById("histogram").replaceChildren(...bars);
}

function sayFaces(lines) {
  const rows = lines.map((line) => {
    const row = document.createElement("li");
    row.textContent = line;
    return row;
  });
  document.getElementById("faces").replaceChildren(...rows);
}

function sayWords(said) {
  // Often enough to follow, seldom enough to be read out.
  if (Date.now() - lastWords < WORDS_EVERY_MS) return;
  lastWords = Date.now();
  say("advice", said.advice);
  say("coverage-words", said.coverage.words);
  note.hidden = !said.note;
  note.textContent = said.note;
  sayMeters(said.meters);
  const lines = said.faces.map((face) => `${face.size} between the eyes: ${face.words}`);
  sayFaces(lines.length ? lines : ["No face in the picture."]);
  canvas.setAttribute(
    "aria-label",
    `Live picture of ${camera}; faces are ${said.unblurred ? "visible" : "hidden"}`,
  );
}

function sayMeters(meters) {
  for (const meter of meters) {
    const gauge = document.getElementById(`gauge-${meter.name}`);
    gauge.dataset.tone = meter.tone;
    const words = gauge.querySelector(".said");
    if (words.textContent !== meter.words) words.textContent = meter.words;
  }
}

function moveMeters(meters) {
  for (const meter of meters) {
    document.querySelector(`#gauge-${meter.name} meter`).value = meter.value;
  }
}

async function show(said, jpeg) {
  const picture = await createImageBitmap(new Blob([jpeg], { type: "image/jpeg" }));
  if (canvas.width !== picture.width || canvas.height !== picture.height) {
    canvas.width = picture.width;
    canvas.height = picture.height;
  }
  place.drawImage(picture, 0, 0);
  picture.close();
  waiting.hidden = true;
  canvas.dataset.number = said.number;
  canvas.dataset.unblurred = said.unblurred;
  drawBoxes(said);
  drawMap(said.coverage);
  drawBars(said.histogram);
  moveMeters(said.meters);
  sayWords(said);
}

function clear(words) {
  place.clearRect(0, 0, canvas.width, canvas.height);
  boxes.replaceChildren();
  waiting.textContent = words;
  waiting.hidden = false;
  // Figures of a picture that is gone would be taken for those of now.
  sayFaces(["No picture now."]);
  for (const gauge of document.querySelectorAll(".gauge[id]")) {
    gauge.dataset.tone = "plain";
    gauge.querySelector("meter").value = 0;
    gauge.querySelector(".said").textContent = "Not measured now.";
  }
}

// Yields [text, picture] as messages become complete.
async function* messages(reader) {
  let held = new Uint8Array(0);
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const joined = new Uint8Array(held.length + value.length);
    joined.set(held);
    joined.set(value, held.length);
    held = joined;
    for (;;) {
      const view = new DataView(held.buffer, held.byteOffset);
      if (held.length < 4) break;
      const text = view.getUint32(0);
      if (held.length < 8 + text) break;
      const picture = view.getUint32(4 + text);
      const end = 8 + text + picture;
      if (held.length < end) break;
      const said = JSON.parse(new TextDecoder().decode(held.subarray(4, 4 + text)));
      yield [said, held.slice(8 + text, end)];
      held = held.slice(end);
    }
  }
}

async function look(abort) {
  const answer = await fetch(`/camera/stream?camera=${encodeURIComponent(camera)}`, { cache: "no-store", signal: abort.signal });
  if (answer.redirected || answer.status === 401) location.reload();
  if (!answer.ok) {
    clear((await answer.json()).problem);
    return;
  }
  for await (const [said, jpeg] of messages(answer.body.getReader())) {
    if (jpeg.length) await show(said, jpeg);
    else clear("No picture now. Look at the overview if it stays so.");
  }
}

function start() {
  if (looking !== null || document.hidden) return;
  const abort = new AbortController();
  looking = abort;
  look(abort)
    .catch(() => undefined) // the box is away, or nobody looks any more
    .finally(() => {
      if (looking !== abort) return;
      looking = null;
      clear("No picture from the box; trying again.");
      againTimer = setTimeout(start, AGAIN_MS);
    });
}

function stop() {
  clearTimeout(againTimer);
  const abort = looking;
  looking = null;
  if (abort !== null) abort.abort();
}

document.addEventListener("visibilitychange", () => (document.hidden ? stop() : start()));
window.addEventListener("pagehide", stop);
window.addEventListener("pageshow", start);
start();
