// Shows what another budget would do while the slider moves. All numbers are in the table that
// the server rendered; without this script the form asks the server for the same.
// A module, so that its names are its own beside status.js.

const slider = document.getElementById("step");
const rows = document.querySelectorAll("#alternatives tbody tr");
const point = document.getElementById("preview-point");
const note = document.getElementById("note");
const budget = document.getElementById("budget");

function say(name, text) {
  document.querySelector(`[data-say="${name}"]`).textContent = text;
}

function preview() {
  const row = rows[Number(slider.value)];
  const [value, alarms, worst, misses, threshold] = [...row.cells].map((cell) => cell.textContent);
  say("value", `${value} a week`);
  say("alarms", `${alarms} a week (${row.dataset.often})`);
  say("worst", `${worst} a week`);
  say("misses", misses);
  say("threshold", threshold);
  note.textContent = row.dataset.note;
  point.setAttribute("cx", row.dataset.x);
  point.setAttribute("cy", row.dataset.y);
  slider.setAttribute("aria-valuetext", `${value} false alarms a week`);
  if (budget) budget.value = value;
}

if (slider) {
  document.getElementById("try").hidden = true;
  slider.addEventListener("input", preview);
}
