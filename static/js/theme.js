// The look that the reader chose on this device, set before the page is painted; and the choice itself, which has
// nothing to offer without a script. Something is stored only once somebody has chosen.

const root = document.documentElement;
const looks = ["light", "dark"];

function stored() {
  try {
    return localStorage.getItem("theme");
  } catch {
    return null; // storage is switched off: the system's look it is
  }
}

function choose(look) {
  root.dataset.theme = look;
  try {
    if (looks.includes(look)) localStorage.setItem("theme", look);
    else localStorage.removeItem("theme");
  } catch {
    // it holds for this page only
  }
}

root.dataset.theme = looks.includes(stored()) ? stored() : "auto";

document.addEventListener("DOMContentLoaded", () => {
  for (const input of document.querySelectorAll(".themes input")) {
    input.checked = input.value === root.dataset.theme;
    input.onchange = () => choose(input.value);
  }
});
