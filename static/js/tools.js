// Buttons that write Markdown, a preview made by the server, and how much room is left.

const form = document.getElementById("comment-form");
if (!form) return;
const { body, preview } = form.elements;
const selected = () => body.value.slice(body.selectionStart, body.selectionEnd);

// Typed rather than set, so that it can be undone.
function insert(text, start = body.selectionStart, end = body.selectionEnd) {
  body.focus();
  body.setSelectionRange(start, end);
  if (document.execCommand(text ? "insertText" : "delete", false, text)) return;
  body.setRangeText(text, start, end, "end");
  body.dispatchEvent(new Event("input", { bubbles: true }));
}

function wrap(mark) {
  const at = body.selectionStart + mark.length;
  const lines = selected().replace(/^([^\S\n]*)(\S.*?)([^\S\n]*)$/gm, `$1${mark}$2${mark}$3`);
  insert(lines || mark + mark);
  if (!lines) body.setSelectionRange(at, at);
}

// Whole lines, below a blank one.
function block(change) {
  const { value } = body;
  const start = value.lastIndexOf("\n", body.selectionStart - 1) + 1;
  const end = `${value}\n`.indexOf("\n", body.selectionEnd);
  insert((/.\n$/.test(value.slice(0, start)) ? "\n" : "") + change(value.slice(start, end)), start, end);
}

const begin = (mark) => (text) => text.replace(/^/gm, mark);
const quoted = (text) => begin("> ")(text.trim().replace(/\n\s*\n/g, "\n\n")).replace(/> $/gm, ">");
const tools = {
  bold: () => wrap("**"),
  italic: () => wrap("*"),
  quote: () => window.tools.quotePassage() || block(begin("> ")),
  list: () => block(begin("- ")),
  link() {
    const words = selected().trim();
    const at = body.selectionStart + (words ? words.length + 3 : 1);
    insert(`[${words}](https://)`);
    body.setSelectionRange(at, words ? at + 8 : at);
  },
  code: () => (selected().includes("\n") ? block((text) => `\`\`\`\n${text}\n\`\`\``) : wrap("`")),
};
form.addEventListener("click", (event) => tools[event.target.dataset.tool]?.());
window.tools = { insert, quoted };

const box = document.getElementById("form-preview");
const page = box.lastElementChild;
const status = document.getElementById("form-status");
let timer;
let asked = 0;

async function refresh() {
  const mine = ++asked;
  let words = box.dataset.failed;
  try {
    const answer = await fetch(form.dataset.preview, { method: "POST", body: new URLSearchParams({ body: body.value }) });
    const text = await answer.text();
    if (mine !== asked) return;
    if (answer.ok) page.innerHTML = text; // it passed the same gates as any comment
    if (answer.ok || /^text\/plain/.test(answer.headers.get("Content-Type"))) words = answer.ok ? "" : text;
  } catch {
    // offline
  }
  status.textContent = words;
}

function show(isOpen) {
  asked++; // what is on its way comes too late
  clearTimeout(timer);
  box.hidden = !isOpen;
  preview.ariaExpanded = isOpen;
  page.textContent = status.textContent = "";
  if (isOpen) refresh();
}

show(false);
preview.addEventListener("click", (event) => {
  event.preventDefault();
  show(box.hidden);
  box.scrollIntoView({ block: "nearest" });
});

const count = document.getElementById("count");
const [shown, spoken] = count.children;
const { max, left, over } = count.dataset;
let told;

function measure() {
  // As the server counts: an emoji is one character.
  const room = max - [...body.value.normalize().trim().replace(/\n(?:[^\S\n]*\n){3,}/g, "\n\n\n")].length;
  const n = Math.abs(room).toLocaleString(document.documentElement.lang);
  shown.textContent = room > max / 5 ? "" : (room < 0 ? over : left).replace("{n}", n);
  const step = Math.max(-1, Math.floor((room / max) * 20));
  if (step !== told) spoken.textContent = shown.textContent;
  told = step;
}
measure();
body.addEventListener("input", () => {
  measure();
  clearTimeout(timer);
  if (!box.hidden) timer = setTimeout(refresh, 1500); // far from the server's limit
});
form.addEventListener("textset", () => {
  measure();
  show(false);
});
