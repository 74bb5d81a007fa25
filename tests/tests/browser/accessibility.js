// Returns the problems of this page. Arguments: the language that it should be in, and its width in pixels.
const [language, width] = arguments;
const problems = [];
const all = (selector) => [...document.querySelectorAll(selector)];
const wrong = (what, element) => problems.push(`${what}: ${element.outerHTML.slice(0, 160)}`);

if (document.documentElement.lang !== language) problems.push(`language ${document.documentElement.lang}`);
if (!document.title.split("·").every((part) => part.trim())) problems.push(`title "${document.title}"`);
if (all("main").length !== 1) problems.push("not one main part");
if (all("h1").length !== 1 || !all("h1")[0].textContent.trim()) problems.push("not one h1");

let level = 0;
for (const heading of all("h1, h2, h3, h4")) {
  if (!heading.checkVisibility()) continue;
  if (Number(heading.tagName[1]) > level + 1 && level > 0) wrong("a heading skips a level", heading);
  level = Number(heading.tagName[1]);
}

for (const field of all("input:not([type=hidden]), select, textarea")) {
  if (![...field.labels].some((label) => label.textContent.trim())) wrong("a field without a label", field);
}
for (const picture of all("img")) {
  if (!picture.hasAttribute("alt")) wrong("a picture without an alternative", picture);
}

const ids = all("[id]").map((element) => element.id);
for (const id of new Set(ids)) if (ids.filter((other) => other === id).length > 1) problems.push(`#${id} twice`);
for (const name of ["for", "list", "aria-labelledby", "aria-describedby", "aria-controls"]) {
  for (const element of all(`[${name}]`)) {
    for (const id of element.getAttribute(name).split(/\s+/)) {
      if (!ids.includes(id)) wrong(`nothing is called ${id}`, element);
    }
  }
}

if (document.documentElement.scrollWidth > width) {
  problems.push(`${document.documentElement.scrollWidth} pixels wide`);
  for (const element of all("body *")) {
    if (element.getBoundingClientRect().right > width + 1 && element.checkVisibility()) {
      wrong("it sticks out", element);
      break;
    }
  }
}

// Contrast of texts, WCAG 2.2, success criterion 1.4.3.
const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
const pixel = (colours) => {
  canvas.clearRect(0, 0, 1, 1);
  for (const colour of colours) {
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
  }
  return canvas.getImageData(0, 0, 1, 1).data;
};
const luminance = ([red, green, blue]) => {
  const linear = [red, green, blue].map((value) => value / 255)
    .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
  return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
};
const behind = (element) => {
  const layers = [];
  for (let at = element; at; at = at.parentElement) layers.unshift(getComputedStyle(at).backgroundColor);
  return ["Canvas", ...layers];
};
for (const element of all("body *")) {
  const says = [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
  const box = element.getBoundingClientRect();
  if (!says || !element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
  if (box.width < 2 || box.height < 2 || element.closest(":disabled, option, .visually-hidden, .skip")) continue;
  const style = getComputedStyle(element);
  const back = behind(element);
  const lights = [luminance(pixel([...back, style.color])), luminance(pixel(back))].sort((a, b) => b - a);
  const contrast = (lights[0] + 0.05) / (lights[1] + 0.05);
  const size = parseFloat(style.fontSize);
  const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
  if (contrast < (large ? 3 : 4.5)) wrong(`contrast ${contrast.toFixed(2)}`, element);
}
return problems;
