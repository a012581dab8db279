// The form opens under the comment that is answered, begins with what is quoted, loses no text.

const form = document.getElementById("comment-form");
if (!form) return;
const { drafts, tools } = window;
const { body, submission_id: id, parent_id: parent, started_at: startedAt, cancel, quoter } = form.elements;
const title = document.getElementById("form-title");
const home = document.getElementById("form-home"); // in a thread
const [words, discard, resume] = document.getElementById("draft-note").children;
const ownTitle = title.textContent;
const REPLY = "a[href*='/comments/new?parent=']";
const commentOf = (to) => document.getElementById(`comment-${to}`);
const key = (to) => `draft:${form.dataset.slug}:${to}`;
const newId = () => crypto.getRandomValues(new Uint32Array(4)).join("-");
let isDirty = Boolean(body.value);
let timer;

function save() {
  clearTimeout(timer);
  if (!isDirty) return;
  isDirty = false;
  if (body.value.trim()) drafts.set(key(parent.value), { text: body.value, id: id.value, at: Date.now() });
  else drafts.remove(key(parent.value));
}

function tell(what, at) {
  const minutes = Math.max(1, Math.round((Date.now() - at) / 60_000));
  const [size, unit] = minutes < 60 ? [1, "minute"] : minutes < 1440 ? [60, "hour"] : [1440, "day"];
  const ago = () => new Intl.RelativeTimeFormat(document.documentElement.lang).format(-Math.round(minutes / size), unit);
  words.textContent = (words.dataset[what] ?? "").replace("{when}", ago);
  discard.hidden = what !== "restored";
  resume.hidden = what !== "unsent";
}

// The field for an answer to comment `to` (to the article: ""), with its draft.
function load(to) {
  const draft = drafts.get(key(to));
  parent.value = to;
  body.value = draft?.text ?? "";
  id.value = draft?.id || newId(); // a draft that did arrive after all is then answered as the first time
  startedAt.value = "";
  isDirty = false;
  tell(draft && "restored", draft?.at);
  form.dispatchEvent(new Event("textset"));
}

function place(to) {
  const comment = commentOf(to);
  home.hidden = cancel.hidden = !comment;
  (comment ?? home).after(form);
  history.replaceState({ ...history.state, reply: to }, ""); // for a reload
  const name = comment?.querySelector(".comment-byline .name").textContent.trim();
  title.ariaLevel = comment ? 4 : 2; // below the comment's own heading
  title.textContent = comment ? form.dataset.answer.replace("{name}", () => name) : ownTitle;
  load(to);
}

function open(to, text) {
  save();
  if (to !== parent.value) place(to);
  body.focus();
  if (text) quote(text);
}

function close() {
  const comment = commentOf(parent.value);
  save();
  place("");
  comment?.querySelector(REPLY)?.focus();
}

function quote(text) {
  const { length } = body.value;
  tools.insert(`${length ? "\n\n" : ""}${tools.quoted(text)}\n\n`, length, length);
}

const escaped = (mark) => (/\d/.test(mark) ? `${mark}\\` : `\\${mark}`);

// What is selected of one comment's text, as Markdown.
function passage() {
  const selection = getSelection();
  const part = !selection.isCollapsed && selection.getRangeAt(0).cloneRange();
  const start = part?.startContainer;
  const box = (start?.closest ? start : start?.parentElement)?.closest(".thread .comment-body");
  if (!box || form.contains(box)) return {};
  if (!box.contains(part.endContainer)) part.setEnd(box, box.childNodes.length);
  const copy = part.cloneContents();
  const texts = document.createTreeWalker(copy, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const { currentNode: node } = texts;
    if (!node.parentElement?.closest("pre, code")) node.data = node.data.replace(/[\\`*_[\]<>]|^[-+#]|^\d+(?=[.)])/gm, escaped);
  }
  for (const item of copy.querySelectorAll("li")) item.prepend(item.parentNode.matches?.("ol") ? `${[...item.parentNode.children].indexOf(item) + 1}. ` : "- ");
  for (const block of copy.querySelectorAll("pre")) block.prepend("```\n"), block.append("\n```");
  for (const block of copy.querySelectorAll("p, pre")) block.append("\n");
  for (const inner of [...copy.querySelectorAll("blockquote")].reverse()) inner.replaceWith(`${tools.quoted(inner.textContent)}\n\n`);
  return { text: copy.textContent.trim(), comment: box.closest(".comment") };
}

tools.quotePassage = () => {
  const { text } = passage();
  if (text) quote(text);
  return text;
};

if (home) {
  // Pressing one of these does not end the selection that it is about.
  document.addEventListener("mousedown", (event) => {
    if (event.target.closest(`${REPLY}, #quoter, [data-tool]`) && passage().text) event.preventDefault();
  });
  document.addEventListener("click", (event) => {
    const pressed = event.target.closest(`${REPLY}, #quoter`);
    if (!pressed || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const { text, comment } = passage();
    const to = pressed.search ? new URLSearchParams(pressed.search).get("parent") : comment?.id.slice(8);
    if (!commentOf(to)) return; // it stands on another page
    event.preventDefault();
    open(to, comment === commentOf(to) && text);
  });
  document.addEventListener("selectionchange", () => {
    const link = passage().comment?.querySelector(REPLY);
    if (!link && document.activeElement === quoter) return;
    quoter.hidden = !link;
    if (link && link.nextSibling !== quoter) link.after(quoter);
  });
  form.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !event.isComposing && !cancel.hidden) close();
  });
  cancel.addEventListener("click", close);
  home.firstElementChild.addEventListener("click", () => {
    close();
    body.focus();
  });
}

discard.addEventListener("click", () => {
  tools.insert("", 0, body.value.length); // undo brings it back
  tell("discarded");
});
body.addEventListener("input", () => {
  isDirty = true;
  clearTimeout(timer);
  timer = setTimeout(save, 400);
});
form.addEventListener("focusin", () => (startedAt.value ||= Date.now()));
document.addEventListener("visibilitychange", save); // also when the page is left
window.addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  if (drafts.works) load(parent.value); // nothing, once the receipt was seen
  else id.value = newId(); // who comes back writes another comment
});

parent.value = form.dataset.parent; // browsers bring back what stood there before a reload
if (drafts.works) body.autocomplete = "off"; // the draft comes back instead
const last = history.state?.reply;
if (home && commentOf(last) && drafts.get(key(last))) place(last);
else if (!body.value) load(parent.value);
id.value ||= newId();
save();

const unsent = drafts.keys.find((name) => name.startsWith(key("")) && name > key("") && drafts.get(name));
if (home && unsent && !words.textContent) {
  resume.search = `?parent=${unsent.slice(key("").length)}`;
  tell("unsent", drafts.get(unsent).at);
}
form.classList.add("is-ready");
document.querySelector("#error-summary, #refusal")?.focus();
