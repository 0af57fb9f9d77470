// Keeps the live part of a page up to date. The server renders; this only swaps what differs,
// so that focus, selection and opened details stay. It talks to no other host.
"use strict";

const POLL_MS = 2000;
const DEAD_AFTER_MS = 12000;

const part = document.body.dataset.live;
const connection = document.getElementById("connection");
let stream = null;
let pollTimer = null;
let lastHeard = Date.now();

function sameKind(now, wanted) {
  return now.nodeType === wanted.nodeType && now.nodeName === wanted.nodeName && now.id === wanted.id;
}

function matchAttributes(now, wanted) {
  for (const { name } of [...now.attributes]) {
    // What the reader opened stays open.
    if (name !== "open" && !wanted.hasAttribute(name)) now.removeAttribute(name);
  }
  for (const { name, value } of wanted.attributes) {
    if (now.getAttribute(name) !== value) now.setAttribute(name, value);
  }
}

// What is in the page now under one of the wanted ids; the rest of those with an id goes.
function keepKnown(now, wanted) {
  const ids = new Set([...wanted.children].map((node) => node.id));
  const known = new Map();
  for (const node of [...now.children]) {
    if (node.id && ids.has(node.id)) known.set(node.id, node);
    else if (node.id) node.remove();
  }
  return known;
}

// The node at this place, or null where a new one must be put. Nodes that stay are never moved
// when others come or go before them: a moved node would lose its focus.
function nodeFor(node, place, known) {
  if (!node.id) return place && !place.id && sameKind(place, node) ? place : null;
  const old = known.get(node.id);
  if (!old || !sameKind(old, node)) return null;
  while (place && place !== old && !place.id) place = removed(place);
  if (place !== old) old.parentNode.insertBefore(old, place);
  return old;
}

function matchTree(now, wanted) {
  const known = keepKnown(now, wanted);
  let place = now.firstChild;
  for (const node of wanted.childNodes) {
    const old = nodeFor(node, place, known);
    if (!old) {
      now.insertBefore(document.importNode(node, true), place);
      continue;
    }
    if (node.nodeType === Node.ELEMENT_NODE) {
      matchAttributes(old, node);
      matchTree(old, node);
    } else if (old.nodeValue !== node.nodeValue) {
      old.nodeValue = node.nodeValue;
    }
    place = old.nextSibling;
  }
  while (place) place = removed(place);
}

function removed(node) {
  const next = node.nextSibling;
  node.remove();
  return next;
}

function show(html) {
  const parsed = new DOMParser().parseFromString(html, "text/html");
  for (const wanted of parsed.body.children) {
    const now = document.getElementById(wanted.id);
    if (now) matchTree(now, wanted);
  }
  lastHeard = Date.now();
  connection.hidden = true;
}

function checkSilence() {
  if (document.hidden || Date.now() - lastHeard < DEAD_AFTER_MS || !connection.hidden) return;
  const when = new Date(lastHeard).toLocaleTimeString();
  connection.textContent =
    `No answer from this box since ${when}. What you see below is old. ` +
    "Check that the box has power and network; the page tries again by itself.";
  connection.hidden = false;
}

async function poll() {
  try {
    const answer = await fetch(`/live/${part}`, { cache: "no-store" });
    if (answer.status === 401) location.reload();
    if (answer.ok) show(await answer.text());
  } catch {
    // The box does not answer; checkSilence says so.
  }
  if (pollTimer !== null) pollTimer = setTimeout(poll, POLL_MS);
}

function startPolling() {
  if (pollTimer === null) pollTimer = setTimeout(poll, POLL_MS);
}

function start() {
  if (stream !== null || pollTimer !== null) return;
  stream = new EventSource(`/events/${part}`);
  stream.addEventListener("page", (event) => show(event.data));
  // The session has ended: the server then asks to sign in.
  stream.addEventListener("signed-out", () => location.reload());
  stream.addEventListener("error", () => {
    // Refused for good, because too many streams are open: ask again and again instead.
    if (stream !== null && stream.readyState === EventSource.CLOSED) {
      stream = null;
      startPolling();
    }
  });
}

function stop() {
  if (stream !== null) stream.close();
  stream = null;
  clearTimeout(pollTimer);
  pollTimer = null;
}

document.addEventListener("visibilitychange", () => {
  // A page nobody looks at gives its stream to others.
  if (document.hidden) {
    stop();
  } else {
    lastHeard = Date.now();
    start();
  }
});
window.addEventListener("pagehide", stop);
window.addEventListener("pageshow", start);
setInterval(checkSilence, 1000);
