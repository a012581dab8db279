// What this browser keeps: the text being written; who writes, if asked to. All else works without.

const tried = (action) => {
  try {
    return action();
  } catch {
    return null; // full, off, or not ours
  }
};
const get = (key) => tried(() => JSON.parse(localStorage.getItem(key)));
const set = (key, value) => tried(() => localStorage.setItem(key, JSON.stringify(value)) ?? true);
const remove = (key) => tried(() => localStorage.removeItem(key));
const works = set("draft", "");
remove("draft");

// A draft is {text, id, at}, the id that of its form: the receipt says how it begins.
const keys = tried(() => Object.keys(localStorage).filter((key) => key.startsWith("draft:"))) ?? [];
const sent = document.querySelector("[data-sent]")?.dataset.sent;
const oldest = Date.now() - 30 * 864e5;
for (const key of keys) {
  const draft = get(key);
  if (!draft?.text?.trim || !(draft.at > oldest) || `${draft.id}`.startsWith(sent)) remove(key);
}
window.drafts = { get, set, remove, keys, works };

if (document.querySelector("[data-erased]")) remove("writer");

for (const { elements, dataset } of document.querySelectorAll("[data-email]")) {
  elements.email.addEventListener("input", () => import(dataset.email));
}

const box = document.getElementById("remember_me");
if (!box) return;
const { name, email, website } = box.form;
const fields = [name, email, website];
const kept = get("writer");
box.checked = kept;
fields.forEach((field, n) => (field.value ||= kept?.[n] ?? ""));
box.form.addEventListener("input", () => {
  if (box.checked) set("writer", fields.map((field) => field.value));
  else remove("writer");
});
