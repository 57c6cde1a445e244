// Pictures of dots, on a run of pictures. They were taken at even steps, as texts were.

let pictures;

function pictureOf(data, point) {
  pictures ??= parse("map-pictures");
  const i = Math.ceil((point * pictures.length) / data.n);
  const owner = Math.floor((i * data.n) / pictures.length);
  return owner === point && i < pictures.length ? pictures[i] : "";
}

function showPicture(data, point) {
  const image = byId("tip-picture");
  if (!image) return;
  const packed = pictureOf(data, point);
  image.hidden = !packed;
  if (packed) image.src = `data:image/jpeg;base64,${packed}`;
}
