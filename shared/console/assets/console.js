// What moves on the pages of the console. Every page is whole without it.
"use strict";

const main = document.getElementById("main");

/** Tells screen readers what has happened. */
function announce(text) {
  document.getElementById("announcement").textContent = text;
}

// ---- News: the page is read again, and only what differs is replaced. ----

const REFRESH_WAIT_MAX_MS = 30_000;
let version = null;
let failures = 0;

/** What the reader has done to an element, which a newer page does not know of. */
const OWN_ATTRIBUTES = { DETAILS: ["open"], INPUT: ["value", "checked", "hidden", "aria-invalid"], BUTTON: ["hidden"], LI: ["hidden"], TEXTAREA: ["aria-invalid"] };

function keyOf(node) {
  return node.nodeType === Node.ELEMENT_NODE ? node.id || node.dataset.key || null : null;
}

function morphAttributes(now, next) {
  // A hidden field holds what the server has put there, such as a task token.
  const own = now.type === "hidden" ? [] : OWN_ATTRIBUTES[now.tagName] ?? [];
  for (const { name } of [...now.attributes]) {
    if (!next.hasAttribute(name) && !own.includes(name) && name !== "data-fetched") now.removeAttribute(name);
  }
  for (const { name, value } of next.attributes) {
    if (now.getAttribute(name) !== value && !own.includes(name)) now.setAttribute(name, value);
  }
}

function canBecome(now, next) {
  return now.nodeType === next.nodeType && now.nodeName === next.nodeName && keyOf(now) === keyOf(next);
}

/** Makes the children of one element those of another, and keeps the elements that stay. */
function morphChildren(now, next) {
  if (now.isEqualNode(next)) return;
  const keyed = new Map();
  for (const child of now.children) if (keyOf(child)) keyed.set(keyOf(child), child);
  let at = now.firstChild;
  for (const wanted of [...next.childNodes]) {
    const known = keyOf(wanted) ? keyed.get(keyOf(wanted)) : null;
    if (known && known !== at && known.nodeName === wanted.nodeName) {
      now.insertBefore(known, at);
      at = known;
    }
    if (at && canBecome(at, wanted)) {
      morph(at, wanted);
      at = at.nextSibling;
    } else {
      now.insertBefore(document.importNode(wanted, true), at);
    }
  }
  while (at) {
    const gone = at;
    at = at.nextSibling;
    gone.remove();
  }
}

function morph(now, next) {
  if (now.nodeType !== Node.ELEMENT_NODE) {
    if (now.data !== next.data) now.data = next.data;
    return;
  }
  morphAttributes(now, next);
  // What was fetched into an element, or is being written there, stays.
  if (now.matches("[data-fetched], [data-running-since], textarea, .problem, input:focus")) return;
  morphChildren(now, next);
}

async function refresh() {
  const interval = Number(main.dataset.refresh);
  if (!interval) return;
  if (document.hidden) {
    document.addEventListener("visibilitychange", refresh, { once: true });
    return;
  }
  try {
    const headers = version ? { "If-None-Match": version } : {};
    const answer = await fetch(location.href, { headers, cache: "no-store" });
    // A target that does not answer, or refuses for now, has no news either.
    if (!answer.ok && answer.status !== 304 && answer.status !== 404) throw new Error(answer.statusText);
    // The page that says that there is no such thing is the last one: it does not ask to be renewed.
    if (answer.status !== 304) {
      version = answer.headers.get("ETag");
      const next = new DOMParser().parseFromString(await answer.text(), "text/html");
      const before = document.title;
      morph(main, next.getElementById("main"));
      document.title = next.title;
      prepare();
      await renewFragments();
      prepare();
      if (before !== document.title) announce(document.title);
    }
    failures = 0;
    document.body.removeAttribute("data-offline");
  } catch {
    failures += 1;
    document.body.setAttribute("data-offline", "");
  }
  setTimeout(refresh, Math.min(interval * 2 ** Math.min(failures, 5), Math.max(interval, REFRESH_WAIT_MAX_MS)));
}

// ---- Fragments: what is large is fetched when it is unfolded. ----

async function readFragment(target) {
  const answer = await fetch(target.dataset.fragment, { cache: "no-store" });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  return page.querySelector("[data-part]") ?? page.getElementById("main");
}

/** What is unfolded goes on with the page around it. */
async function renewFragments() {
  for (const target of main.querySelectorAll("details[open] > [data-fragment][data-fetched]")) {
    const next = await readFragment(target);
    if (target.isConnected) morphChildren(target, next);
  }
}

async function fetchFragment(details) {
  if (!details.open) return;
  const target = details.querySelector("[data-fragment]");
  if (!target || target.hasAttribute("data-fetched")) return;
  target.setAttribute("data-fetched", "");
  try {
    morphChildren(target, await readFragment(target));
    prepare();
  } catch {
    target.removeAttribute("data-fetched");
    target.textContent = "The server does not answer.";
  }
}

document.addEventListener("toggle", (event) => {
  if (event.target.tagName === "DETAILS") fetchFragment(event.target);
}, true);

// ---- Data: search and copy. ----

function search(field) {
  const figure = field.closest("[data-label]");
  const wanted = field.value.trim().toLowerCase();
  let isThere = !wanted;
  for (const item of figure.querySelectorAll(".tree li")) {
    const found = !wanted || item.textContent.toLowerCase().includes(wanted);
    isThere ||= found;
    item.hidden = !found;
    const details = item.querySelector(":scope > details");
    if (wanted && found && details) details.open = true;
  }
  figure.toggleAttribute("data-unfound", !isThere);
  if (!isThere) announce("None of the values shown has that");
}

document.addEventListener("input", (event) => {
  if (event.target.matches("[data-search]")) search(event.target);
  if (event.target.matches("[data-json]")) checkJson(event.target);
});

async function copy(button) {
  button.dataset.words ??= button.textContent;
  const copied = navigator.clipboard.writeText(button.dataset.copy);
  const said = await copied.then(() => "Copied", () => "Not copied");
  announce(said);
  button.textContent = said;
  setTimeout(() => { button.textContent = button.dataset.words; }, 1500);
}

// ---- Forms ----

function checkJson(field) {
  const problem = document.getElementById(field.getAttribute("aria-describedby"));
  let text = "";
  try {
    if (field.value.trim()) JSON.parse(field.value);
  } catch (error) {
    text = error.message;
  }
  field.setCustomValidity(text);
  if (text) field.setAttribute("aria-invalid", "true"); else field.removeAttribute("aria-invalid");
  if (problem) problem.textContent = text && `This is no JSON: ${text}`;
}

function countChosen(form) {
  const chosen = form.querySelectorAll("[data-choose]:checked").length;
  for (const button of form.querySelectorAll("[data-needs-choice]")) button.disabled = chosen === 0;
  for (const count of form.querySelectorAll("[data-chosen]")) count.textContent = chosen;
}

function countAllChosen() {
  for (const form of document.querySelectorAll("form")) if (form.querySelector("[data-choose]")) countChosen(form);
}

// A browser that goes back checks the boxes again by itself, after this script has run.
addEventListener("pageshow", countAllChosen);

document.addEventListener("change", (event) => {
  const form = event.target.form;
  if (event.target.matches("[data-choose-all]")) {
    for (const box of form.querySelectorAll("[data-choose]")) box.checked = event.target.checked;
  }
  if (event.target.matches("[data-choose], [data-choose-all]")) countChosen(form);
});

// ---- The drawing leads to the source, or to the visits of a state. ----

function openState(state) {
  const name = state.dataset.state;
  const named = (attribute) => [...document.querySelectorAll(`[${attribute}]`)].find((it) => it.getAttribute(attribute) === name);
  const visit = named("data-visit-of");
  if (visit) return visit.click();
  const line = named("data-source-of");
  if (!line) return;
  for (const other of document.querySelectorAll(".source .chosen")) other.classList.remove("chosen");
  line.classList.add("chosen");
  line.scrollIntoView({ block: "center" });
}

document.addEventListener("click", (event) => {
  const copied = event.target.closest("[data-copy]");
  if (copied) copy(copied);
  const state = event.target.closest("[data-state]");
  if (state) openState(state);
});

document.addEventListener("keydown", (event) => {
  const state = event.target.closest?.("[data-state]");
  if (state && (event.key === "Enter" || event.key === " ")) {
    event.preventDefault();
    openState(state);
  }
});

// ---- What runs, for how long ----

function durationText(milliseconds) {
  const seconds = Math.floor(milliseconds / 1000);
  const two = (number) => String(number).padStart(2, "0");
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m ${two(seconds % 60)}s`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)}h ${two(Math.floor(seconds % 3600 / 60))}m`;
  return `${Math.floor(seconds / 86_400)}d ${two(Math.floor(seconds % 86_400 / 3600))}h`;
}

function tick() {
  if (document.hidden) return;
  for (const it of document.querySelectorAll("[data-running-since]")) {
    it.textContent = durationText(Math.max(0, Date.now() - Number(it.dataset.runningSince)));
  }
}

/** Shows what works only with this script. */
function prepare() {
  for (const it of document.querySelectorAll("[data-search][hidden], [data-copy][hidden], [data-choose-all][hidden], .chosen-count[hidden]")) it.hidden = false;
  for (const field of document.querySelectorAll("[data-search]")) if (field.value) search(field);
  countAllChosen();
  for (const details of document.querySelectorAll("details[open]")) if (details.querySelector("[data-fragment]")) fetchFragment(details);
}

prepare();
tick();
setInterval(tick, 1000);
if (main.dataset.refresh) setTimeout(refresh, Number(main.dataset.refresh));
