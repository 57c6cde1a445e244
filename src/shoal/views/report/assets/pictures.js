// Pictures of dots, on a run of pictures. They were taken at even steps, as texts were.

const held = document.querySelector("#map-pictures");
const pictures = held ? JSON.parse(held.textContent) : [];
let frame;

function pictureOf(data, point) {
  const i = Math.ceil((point * pictures.length) / data.n);
  const owner = Math.floor((i * data.n) / pictures.length);
  return owner === point && i < pictures.length ? pictures[i] : "";
}

function showPicture(data, point) {
  if (!pictures.length) return;
  if (!frame) {
    frame = element("img");
    frame.alt = "";
    byId("tip-text").before(frame);
  }
  const packed = pictureOf(data, point);
  frame.hidden = !packed;
  if (packed) frame.src = `data:image/jpeg;base64,${packed}`;
}
