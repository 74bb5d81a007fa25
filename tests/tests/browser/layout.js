// Returns the problems of this page's layout and of its forms. Argument: the width of the screen in pixels.
const [width] = arguments;
const problems = [];
const all = (selector) => [...document.querySelectorAll(selector)];
const wrong = (what, element) => problems.push(`${what}: ${element.outerHTML.slice(0, 160)}`);
for (const fold of all("details")) fold.open = true;

const page = document.scrollingElement;
if (page.scrollWidth > innerWidth || innerWidth > width) problems.push(`${page.scrollWidth} pixels wide`);

// Nothing sticks out, but for what scrolls, or is cut off, inside a box that does not.
const clips = (element) => {
  for (let at = element; at !== document.body; at = at.parentElement) {
    if (getComputedStyle(at).overflowX !== "visible") return true;
  }
  return false;
};
for (const element of all("body *")) {
  const box = element.getBoundingClientRect();
  if (box.width === 0 || !element.checkVisibility()) continue;
  if ((box.right > width + 1 || box.left < -1) && !clips(element.parentElement)) wrong("it sticks out", element);
}

// Enter in a field does what the button does that is seen, and that looks like the one to press.
const FIELD = "input:not([type=hidden], [type=checkbox], [type=radio], [type=file])";
const SUBMITS = "button:not([type]), [type=submit]";
for (const form of all("form")) {
  const fields = [...form.elements].filter((element) => element.matches(FIELD) && element.checkVisibility());
  if (!fields.length) continue;
  const buttons = [...form.elements].filter((element) => element.matches(SUBMITS));
  const [pressed] = buttons;
  if (!pressed?.checkVisibility()) wrong("Enter presses no button that is seen", form);
  const primary = buttons.find((button) => button.matches(".primary"));
  if (primary && primary !== pressed) wrong("Enter presses another button", form);
}
return problems;
