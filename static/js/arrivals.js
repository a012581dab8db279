// What is new, and the next page below this one. Nothing moves what is read.

const section = document.getElementById("comments");
const { list, bar, visit, device, make, prepare, commentIn, focus, go, current } = section?.forum || {};
if (!list) return;

const { article, permalink, watch } = section.dataset;
const status = document.getElementById("thread-status");
const tools = bar.querySelector("template").content;
const pages = [location.href.split("#")[0]];
let newest = JSON.parse(section.dataset.newest);
const top = () => (newest.length ? newest[0][0] : 0);
const after = (number) => newest.filter((each) => each[0] > number);

function say(words, ...names) {
  const buttons = names.map((name) => tools.querySelector(`[data-do=${name}]`).cloneNode(true));
  status.textContent = words;
  status.parentElement.replaceChildren(status, ...buttons);
}

const count = (name, n) => bar.dataset[n === 1 ? `${name}One` : name].replace("*", n > 98 ? "99+" : n);

const begun = visit("since") || {};
const since = begun[article] ?? device("seen")?.[article] ?? top();
visit("since", { ...begun, [article]: since });

function remember() {
  device("seen", { ...device("seen"), [article]: top() });
}

function markNew() {
  for (const [, id] of after(since)) {
    const byline = document.getElementById(`comment-${id}-by`);
    if (byline && !byline.querySelector(".tag")) byline.append(" ", make("span", "tag accent", bar.dataset.new));
  }
}

const marked = () => [...list.querySelectorAll(".comment:has(> .comment-byline > .tag)")];
const open = (id) => location.assign(permalink.replace("*", id));

function goToNextNew() {
  const at = current();
  const next = marked().find((each) => !at || at.compareDocumentPosition(each) & Node.DOCUMENT_POSITION_FOLLOWING);
  const elsewhere = after(since).findLast(([, id]) => !document.getElementById(`comment-${id}`));
  if (!next && elsewhere) open(elsewhere[1]);
  else go(next || marked()[0]);
}

async function fetchPage(url) {
  const answer = await fetch(url);
  if (!answer.ok) throw answer;
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

const copy = (element) => document.importNode(element, true);
const homeOf = (li) => document.getElementById(commentIn(li).id)?.parentElement;

// Not where one writes.
function merge(page) {
  let before = null;
  for (const li of page.querySelectorAll(".thread > li")) {
    let home = homeOf(li);
    const isOld = [...li.querySelectorAll(".comment")].every(({ id }) => document.getElementById(id));
    if (!isOld && !home?.querySelector("form")) {
      const placed = copy(li);
      if (home) home.replaceWith(placed);
      else if (before) before.after(placed);
      else list.prepend(placed);
      prepare(placed);
      home = placed;
    }
    before = home || before;
  }
}

let shownTo = top();

async function showArrived() {
  const arrived = after(shownTo);
  for (const url of pages) merge(await fetchPage(url).catch(() => document));
  shownTo = top();
  remember();
  markNew();
  say("");
  const first = marked().find((each) => arrived.some(([, id]) => each.id === `comment-${id}`));
  if (!first) return list.querySelector("form textarea")?.value ? say(count("arrived", arrived.length), "close") : open(arrived.at(-1)[1]);
  go(first);
  if (arrived.length > 1) say(count("arrived", arrived.length), "next-new", "close");
}

// Seldom, then more seldom.
const FIRST_MS = 60000;
let wait = FIRST_MS;
let timer;

function plan() {
  clearTimeout(timer);
  timer = setTimeout(ask, wait);
}

async function ask() {
  if (document.hidden) return;
  const before = top();
  const told = await fetch(watch).then((answer) => answer.json()).catch(() => null);
  newest = told?.newest || newest;
  wait = top() > before ? FIRST_MS : Math.min(wait * 1.5, 600000);
  if (top() > before) say(count("arrived", after(shownTo).length), "show", "close");
  plan();
}

document.addEventListener("visibilitychange", () => {
  wait = FIRST_MS;
  plan();
});

async function loadMore(link) {
  link.setAttribute("aria-busy", "true");
  const url = link.href.split("#")[0];
  try {
    const page = await fetchPage(url);
    const added = [...page.querySelectorAll(".thread > li")].filter((li) => !homeOf(li)).map(copy);
    list.append(...added);
    added.forEach(prepare);
    markNew();
    section.querySelector(".thread-end").replaceWith(copy(page.querySelector(".thread-end")));
    pages.push(url);
    say(count("loaded", added.reduce((sum, li) => sum + li.querySelectorAll(".comment").length, 0)), "close");
    if (added[0]) focus(commentIn(added[0]));
  } catch {
    location.assign(link.href);
  }
}

section.addEventListener("click", (event) => {
  const link = event.target.closest(".more-comments a");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  if (!link.hasAttribute("aria-busy")) loadMore(link);
});

const actions = { show: showArrived, "next-new": goToNextNew, close: () => say("") };
bar.addEventListener("click", (event) => actions[event.target.dataset.do]?.());

markNew();
if (after(since).length) say(count("since", after(since).length), "next-new", "close");
new IntersectionObserver(([entry]) => entry.isIntersecting && remember()).observe(section);
plan();
