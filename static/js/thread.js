// Reading a discussion: the linked comment, steps and keys, branches that fold, ages.

const section = document.getElementById("comments");
const list = section?.querySelector(".thread");
if (!list) return;
const bar = document.getElementById("thread-bar");
const steps = bar.appendChild(bar.querySelector("template").content.querySelector(".steps"));
const keys = steps.querySelector("details");
const commentIn = (li) => li?.querySelector(":scope > .comment");
const above = (comment) => commentIn(comment.parentElement.parentElement.closest("li"));
const make = (tag, className, text) => Object.assign(document.createElement(tag), { className, textContent: text });
let current = null;

// Storage may be off or full.
const memory = (area) => (name, value) => {
  try {
    if (value === undefined) return JSON.parse(window[area].getItem(name));
    window[area].setItem(name, JSON.stringify(value));
  } catch {
    return null;
  }
};
const visit = memory("sessionStorage");
const device = memory("localStorage");
const kept = visit("folded");
const folded = new Set(Array.isArray(kept) ? kept : []);

function fold(summary, closed) {
  const replies = summary.nextElementSibling;
  const { id } = commentIn(summary.parentElement);
  summary.firstChild.setAttribute("aria-expanded", !closed);
  if (closed) replies.setAttribute("hidden", "until-found"); // the browser's own search opens it
  else replies.removeAttribute("hidden");
  if (closed === folded.has(id)) return;
  folded[closed ? "add" : "delete"](id);
  visit("folded", [...folded]);
}

function makeFoldable(summary) {
  const button = make("button", "", summary.textContent);
  button.type = "button";
  button.onclick = () => fold(summary, button.getAttribute("aria-expanded") === "true");
  summary.replaceChildren(button);
  summary.nextElementSibling.addEventListener("beforematch", () => fold(summary, false));
  fold(summary, folded.has(commentIn(summary.parentElement).id));
}

const spans = [["year", 31557600], ["month", 2629800], ["week", 604800], ["day", 86400], ["hour", 3600]];
const relative = new Intl.RelativeTimeFormat(document.documentElement.lang);

function tellAge(time) {
  const seconds = (Date.parse(time.dateTime) - Date.now()) / 1000;
  const [unit, length] = spans.find((span) => -seconds >= span[1]) || ["minute", 60];
  const meta = time.closest(".comment-meta");
  const age = meta.querySelector(".age") || make("span", "age", "");
  age.textContent = relative.format(Math.min(-1, Math.trunc(seconds / length)), unit);
  meta.append(age);
}

const tellAges = (root) => root.querySelectorAll(".comment-meta time").forEach(tellAge);

function prepare(root) {
  for (const comment of root.querySelectorAll(".comment")) comment.tabIndex = -1; // a press in its text is enough for the keys
  root.querySelectorAll(".branch-summary").forEach(makeFoldable);
  tellAges(root);
}

function focus(comment) {
  const closed = comment.closest("ol[hidden]");
  if (closed) fold(closed.previousElementSibling, false);
  current = comment;
  comment.focus({ preventScroll: true });
}

function go(comment) {
  if (!comment) return;
  focus(comment);
  comment.scrollIntoView();
}

function showTrail(comment) {
  list.querySelector(".trail")?.remove();
  const trail = make("p", "trail", "");
  for (let each = above(comment); each; each = above(each)) {
    const name = each.querySelector(".name")?.textContent || "";
    const link = make("a", "", `${each.querySelector(".number").textContent} ${name}`);
    link.href = `#${each.id}`;
    trail.prepend(link, " › ");
  }
  if (trail.firstChild) comment.prepend(trail);
  trail.scrollLeft = trail.scrollWidth;
}

function showLinked() {
  const target = document.getElementById(location.hash.slice(1));
  if (!target?.matches(".thread .comment")) return;
  focus(target);
  showTrail(target);
  const parent = above(target);
  const fits = parent && target.getBoundingClientRect().bottom - parent.getBoundingClientRect().top < innerHeight * 0.8;
  (fits ? parent : target).scrollIntoView();
}

function step(to) {
  if (!current?.isConnected) return go(list.querySelector(".comment"));
  if (to === "branch") return go(commentIn(current.closest(".thread > li").nextElementSibling));
  if (to === "parent") return above(current) ? go(above(current)) : current.querySelector(".answers")?.click();
  const open = [...list.querySelectorAll(".comment")].filter((each) => !each.closest("ol[hidden]"));
  go(open[open.indexOf(current) + (to === "next" ? 1 : -1)]);
}

// WCAG 2.1.4: only with the focus here.
const stepOf = { __proto__: null, j: "next", k: "previous", p: "parent", n: "branch" };
const keysOn = keys.querySelector("input");
keysOn.checked = device("keys") !== false;
keysOn.onchange = () => device("keys", keysOn.checked);
list.addEventListener("keydown", (event) => {
  if (!keysOn.checked || event.ctrlKey || event.altKey || event.metaKey || event.target.closest("form")) return;
  if (event.key === "?") keys.open = !keys.open;
  else if (stepOf[event.key]) step(stepOf[event.key]);
  else return;
  event.preventDefault();
});
steps.addEventListener("keydown", (event) => {
  if (event.key === "Escape") keys.open = false;
});
steps.addEventListener("click", (event) => {
  const { go: to } = event.target.closest("button")?.dataset || {};
  if (to) step(to);
});

function follow({ target }) {
  if (bar.contains(target)) return; // nothing moves under a press
  const comment = list.contains(target) && !target.closest("form") && target.closest(".comment");
  steps.hidden = !comment || !target.matches(":focus-visible"); // not over the text at every tap
  if (comment) current = comment;
}
document.addEventListener("focusin", follow);

prepare(list);
setInterval(tellAges, 60000, list);
addEventListener("hashchange", showLinked);
// Who comes back is put where he was.
if (performance.getEntriesByType("navigation")[0]?.type === "navigate") showLinked();
section.forum = { list, bar, visit, device, make, prepare, commentIn, focus, go, current: () => current };
