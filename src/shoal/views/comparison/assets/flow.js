// Pointing at a cluster or a band lights it and what it is joined to; a tap keeps it lit.

function startFlow(picture) {
  const bands = [...picture.querySelectorAll(".band")];
  const nodes = [...picture.querySelectorAll(".node")];
  let kept = null;

  function joined(shape) {
    const { before, after } = shape.dataset;
    return bands.filter(
      (band) =>
        (before === undefined || band.dataset.before === before) &&
        (after === undefined || band.dataset.after === after),
    );
  }

  function light(shape) {
    picture.classList.toggle("lit", shape !== null);
    for (const old of picture.querySelectorAll(".on")) old.classList.remove("on");
    byId("told").textContent = shape ? shape.querySelector("title").textContent : "";
    if (!shape) return;
    shape.classList.add("on");
    for (const band of joined(shape)) {
      band.classList.add("on");
      for (const node of nodes) {
        const { before, after } = node.dataset;
        if (before === band.dataset.before || after === band.dataset.after) node.classList.add("on");
      }
    }
  }

  const shapeAt = (event) => event.target.closest(".band, .node");
  picture.addEventListener("pointerover", (event) => {
    if (event.pointerType === "mouse" && !kept) light(shapeAt(event));
  });
  picture.addEventListener("pointerleave", () => {
    if (!kept) light(null);
  });
  picture.addEventListener("click", (event) => {
    const shape = shapeAt(event);
    kept = shape === kept ? null : shape;
    light(kept);
  });
}

for (const picture of document.querySelectorAll(".flow-wide svg, .flow-narrow svg")) {
  startFlow(picture);
}
