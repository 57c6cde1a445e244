"""Models of timm and CLIP, on small ones made here; skipped where PyTorch is not installed."""

import io

import numpy as np
import pytest

from shoal.data.pictures import read_picture
from shoal.errors import BadInput
from shoal.parts.embedders import EMBEDDERS
from shoal.parts.embedders.onnx_images import SCALES, Preparation

Image = pytest.importorskip("PIL.Image")
torch = pytest.importorskip("torch")


def pictures(n=5):
    rng = np.random.default_rng(0)
    out = []
    for i in range(n):
        data = io.BytesIO()
        small = rng.integers(0, 256, (4, 5, 3), dtype=np.uint8)
        Image.fromarray(small).resize((40 + i, 30)).save(data, "PNG")
        out.append(read_picture(data.getvalue()))
    return out


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    """A folder with a tiny CLIP model as transformers saves one."""
    transformers = pytest.importorskip("transformers")
    folder = tmp_path_factory.mktemp("models") / "tiny-clip"
    shared = {"hidden_size": 16, "intermediate_size": 32, "num_attention_heads": 2}
    config = transformers.CLIPConfig(
        text_config={
            **shared,
            "num_hidden_layers": 2,
            "vocab_size": 99,
            "eos_token_id": 98,
            "bos_token_id": 97,
        },
        vision_config={**shared, "num_hidden_layers": 2, "image_size": 32, "patch_size": 8},
        projection_dim=12,
    )
    torch.manual_seed(0)
    transformers.CLIPModel(config).save_pretrained(folder)
    vocabulary = {chr(33 + i): i for i in range(94)} | {"a</w>": 94, "b</w>": 95}
    vocabulary |= {"<|startoftext|>": 97, "<|endoftext|>": 98}
    transformers.CLIPTokenizer(vocab=vocabulary, merges=[]).save_pretrained(folder)
    return folder


def test_clip_gives_the_image_features_of_the_model(clip):
    transformers = pytest.importorskip("transformers")
    part = EMBEDDERS.build(f"clip:{clip}", {})
    some = pictures()
    found = part.transform(some)
    model = transformers.CLIPModel.from_pretrained(clip).eval()
    ready = Preparation(32, *SCALES["clip"])
    pixels = torch.from_numpy(np.concatenate([ready.pixels(picture) for picture in some]))
    with torch.inference_mode():
        states = model.vision_model(pixel_values=pixels).pooler_output
        wanted = model.visual_projection(states).numpy()
    np.testing.assert_allclose(found, wanted, atol=1e-5)
    assert found.shape == (5, 12)
    assert part.transform([]).shape == (0, 12)


def test_clip_puts_texts_beside_pictures(clip):
    part = EMBEDDERS.build(f"clip:{clip}", {})
    vectors = part.transform(["a b", "b"])
    assert vectors.shape == (2, 12)
    assert not np.allclose(vectors[0], vectors[1])


def test_a_model_of_timm_gives_its_features_by_its_own_scale(tmp_path):
    timm = pytest.importorskip("timm", exc_type=ImportError)
    torch.manual_seed(0)
    model = timm.create_model("resnet10t", num_classes=7)
    timm.models.save_for_hf(model, tmp_path / "tiny")
    part = EMBEDDERS.build(f"timm:local-dir:{tmp_path / 'tiny'}", {"side": 64})
    found = part.transform(pictures())
    assert part.info.name == "tiny"
    ready = Preparation(64, *SCALES["imagenet"])
    pixels = torch.from_numpy(np.concatenate([ready.pixels(picture) for picture in pictures()]))
    with torch.inference_mode():
        body = model.eval()
        wanted = body.forward_head(body.forward_features(pixels), pre_logits=True).numpy()
    np.testing.assert_allclose(found, wanted, atol=1e-4)


def test_a_model_that_is_not_there_is_said(tmp_path):
    pytest.importorskip("transformers")
    with pytest.raises(BadInput, match="cannot be loaded"):
        EMBEDDERS.build(f"clip:{tmp_path / 'nothing'}", {})


def test_a_model_of_sentence_transformers_with_eyes(clip, tmp_path):
    st = pytest.importorskip("sentence_transformers")
    modules = pytest.importorskip("sentence_transformers.models")
    transformers = pytest.importorskip("transformers")
    transformers.CLIPImageProcessor(size=32, crop_size=32).save_pretrained(clip)
    eyes = modules.CLIPModel(str(clip))
    st.SentenceTransformer(modules=[eyes], device="cpu").save(str(tmp_path / "st"))
    part = EMBEDDERS.build(f"st:{tmp_path / 'st'}", {"device": "cpu"})
    some = pictures()
    found = part.transform(some)
    assert found.shape == (5, 12)
    np.testing.assert_allclose(found[:2], part.transform(some[:2]), atol=1e-5)
    assert np.abs(found[0] - found[1]).max() > 1e-4
    assert part.transform(["a b", "c"]).shape == (2, 12)
    assert part.plan(some)
