// A moderator who sends a comment back selects a passage of its text, and a button puts it on a line of its own.
for (const button of document.querySelectorAll("[data-mark]")) {
  const field = button.closest("form").querySelector("[data-passages]");
  const text = button.closest("[data-comment-id]")?.querySelector("[data-markable]");
  if (!text) continue;
  button.hidden = false;
  // A press on the button must not take the selection away.
  button.addEventListener("pointerdown", (event) => event.preventDefault());
  button.addEventListener("click", () => {
    const selection = getSelection();
    const passage = selection.toString().replace(/\s+/g, " ").trim();
    if (!passage || !text.contains(selection.anchorNode) || !text.contains(selection.focusNode)) return;
    const lines = field.value.split("\n").filter((line) => line.trim());
    if (!lines.includes(passage)) field.value = [...lines, passage].join("\n");
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });
}
