// Mistyped mail domains: an offer below the field, never more. Loaded when something is first typed there.
// What is offered is what `forum/comments/mistyped.py` offers; a test holds the two equal.

const DOMAINS = `
  gmail.com googlemail.com hotmail.com hotmail.nl hotmail.be outlook.com outlook.be live.nl live.be live.com msn.com
  icloud.com yahoo.com ymail.com proton.me protonmail.com fastmail.com tutanota.com zoho.com aol.com gmx.com gmx.net
  gmx.de web.de t-online.de orange.fr wanadoo.fr ziggo.nl kpnmail.nl kpnplanet.nl planet.nl hetnet.nl home.nl xs4all.nl
  upcmail.nl chello.nl casema.nl quicknet.nl zonnet.nl zeelandnet.nl telfort.nl tele2.nl online.nl solcon.nl caiway.nl
  freedom.nl telenet.be skynet.be proximus.be scarlet.be pandora.be`.trim().split(/\s+/);
const GENUINE = ["email.com", "mail.com", "rocketmail.com", "kpn.nl", "planet.com", "yahoo.fr", "zohomail.com"];
const FAMILIES = ["hotmail", "outlook", "live", "yahoo", "gmx"];
const MISTYPED_COM = ["cm", "co", "om"];
const MIN_NAME_CHARS = 5;
const LONG_CHARS = 11;

// Letters left out, added, mistaken or swapped with their neighbour.
function distance(a, b) {
  let before = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const [letter, other] = [a[i - 1], b[j - 1]];
      let cost = Math.min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (letter !== other));
      if (i > 1 && j > 1 && letter === b[j - 2] && a[i - 2] === other) cost = Math.min(cost, before[j - 2] + 1);
      row.push(cost);
    }
    [before, last] = [last, row];
  }
  return last[b.length];
}

function isNear(domain, known) {
  if (known.split(".")[0].length < MIN_NAME_CHARS || Math.abs(domain.length - known.length) > 2) return false;
  return distance(domain, known) <= (known.length >= LONG_CHARS && domain[0] === known[0] ? 2 : 1);
}

// The address that was probably meant, or nothing.
function suggest(email) {
  const at = email.lastIndexOf("@");
  const domain = email.slice(at + 1);
  const [name, ...others] = domain.split(".");
  const rest = others.join(".");
  if (at < 1 || DOMAINS.includes(domain) || GENUINE.includes(domain)) return undefined;
  if (FAMILIES.includes(name) && rest.length === 2 && !MISTYPED_COM.includes(rest)) return undefined;
  const near = DOMAINS.filter((known) => isNear(domain, known));
  near.sort((one, other) => distance(domain, one) - distance(domain, other));
  return near[0] && `${email.slice(0, at)}@${near[0]}`;
}

function watch(form) {
  const field = form.elements.email;
  const offer = document.createElement("p");
  offer.className = "form-status"; // takes no room while it is empty
  offer.setAttribute("role", "status");
  const row = field.closest(".field-row");
  if (row) row.nextElementSibling.prepend(offer);
  else field.closest(".field").append(offer);

  function look() {
    const meant = suggest(field.value.trim().toLowerCase());
    offer.replaceChildren();
    if (!meant) return;
    const use = document.createElement("button");
    use.type = "button";
    use.className = "link-button";
    use.textContent = form.dataset.use.replace("{address}", () => meant);
    use.addEventListener("click", () => {
      field.value = meant;
      field.dispatchEvent(new Event("input", { bubbles: true })); // who keeps it, keeps the right one
      field.focus();
    });
    offer.append(`${form.dataset.meant.replace("{address}", () => meant)} `, use);
  }

  field.addEventListener("input", () => offer.replaceChildren());
  field.addEventListener("change", look);
  if (document.activeElement !== field) look(); // the field was left before this arrived
}

document.querySelectorAll("form[data-email]").forEach(watch);
