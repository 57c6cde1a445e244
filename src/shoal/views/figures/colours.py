"""Colours for clusters: a dozen chosen by hand, then generated ones, far apart where it matters.

The colours are made in OKLCH, where equal steps look equal. Each has a twin for the dark theme:
the same hue, lighter. Which cluster gets which colour is decided on the map, so that clusters
lying side by side differ, also for eyes that do not tell red from green.

References
----------
Ottosson (2020), A perceptual color space for image processing (OKLab).
Machado, Oliveira, Fernandes (2009), a physiologically-based model for simulation of color vision
deficiency.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from shoal.numerics.arrays import DoubleArray

# Lightness, chroma, hue. Lighter ones would stand out from white by less than 3 : 1.
_DOZEN = (
    (0.53, 0.150, 257.0),  # blue
    (0.65, 0.160, 52.0),  # orange
    (0.61, 0.105, 180.0),  # teal
    (0.54, 0.190, 20.0),  # crimson
    (0.50, 0.170, 298.0),  # violet
    (0.64, 0.130, 88.0),  # ochre
    (0.64, 0.115, 232.0),  # sky
    (0.62, 0.190, 348.0),  # pink
    (0.56, 0.140, 146.0),  # green
    (0.44, 0.080, 48.0),  # brown
    (0.39, 0.120, 272.0),  # indigo
    (0.51, 0.105, 118.0),  # olive
)
_HUES = 15
_LEVELS = ((0.44, 0.12), (0.56, 0.155), (0.635, 0.125))
_NEAR = 24

_LMS = np.array(
    [
        [1.0, 0.3963377774, 0.2158037573],
        [1.0, -0.1055613458, -0.0638541728],
        [1.0, -0.0894841775, -1.2914855480],
    ]
)
_RGB = np.array(
    [
        [4.0767416621, -3.3077115913, 0.2309699292],
        [-1.2684380046, 2.6097574011, -0.3413193965],
        [-0.0041960863, -0.7034186147, 1.7076147010],
    ]
)
_DEUTAN = np.array(
    [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ]
)


@dataclass(frozen=True)
class Colour:
    """One cluster's colour in both themes, as #rrggbb."""

    light: str
    dark: str


def palette(centres: DoubleArray) -> list[Colour]:
    """Give every cluster a colour.

    Parameters
    ----------
    centres : (n_clusters, 2) where each cluster lies on the map, in 0..1; NaN if nowhere

    Returns
    -------
    One colour per cluster. The same centres give the same colours.
    """
    lch = _pool(len(centres))
    light, dark = _linear(lch), _linear(_for_dark(lch))
    apart = _apart(light)
    where = np.nan_to_num(centres, nan=0.5)
    chosen: list[int] = []
    uses = np.zeros(len(lch))
    for cluster in range(len(centres)):
        reach = np.hypot(*(where[:cluster] - where[cluster]).T)
        near = np.argsort(reach, kind="stable")[:_NEAR]
        taken = np.array(chosen, dtype=np.intp)[near]
        weight = 1.0 / (0.03 + reach[near])
        cost = np.exp(-apart[:, taken] / 0.07) @ weight + 2.0 * uses
        # The dozen first: the largest clusters get the colours chosen by hand.
        open_to = len(_DOZEN) if cluster < len(_DOZEN) else len(lch)
        best = int(np.argmin(cost[:open_to]))
        chosen.append(best)
        uses[best] += 1.0
    light_hex, dark_hex = _hex(light), _hex(dark)
    return [Colour(light_hex[index], dark_hex[index]) for index in chosen]


def _pool(n_clusters: int) -> DoubleArray:
    dozen = np.array(_DOZEN)
    if n_clusters <= len(_DOZEN):
        return dozen
    made = [
        (lightness, chroma, (hue + 0.5 * level) * 360.0 / _HUES)
        for level, (lightness, chroma) in enumerate(_LEVELS)
        for hue in range(_HUES)
    ]
    return np.vstack([dozen, np.array(made)])


def _for_dark(lch: DoubleArray) -> DoubleArray:
    """Lift the lightness from 0.39..0.65 to 0.60..0.80, and calm the chroma a little."""
    lifted = lch.copy()
    lifted[:, 0] = 0.60 + (lch[:, 0] - 0.39) * 0.75
    lifted[:, 1] = lch[:, 1] * 0.92
    return lifted


def _linear(lch: DoubleArray) -> DoubleArray:
    """Turn OKLCH into linear sRGB; chroma gives way where the screen cannot show it."""
    rgb = np.empty_like(lch)
    for index, (lightness, chroma, hue) in enumerate(lch):
        angle = np.deg2rad(hue)
        for share in np.linspace(1.0, 0.0, 41):
            a, b = chroma * share * np.cos(angle), chroma * share * np.sin(angle)
            rgb[index] = _RGB @ (_LMS @ np.array([lightness, a, b])) ** 3
            if rgb[index].min() >= -1e-4 and rgb[index].max() <= 1.0001:
                break
    return np.clip(rgb, 0.0, 1.0)


def _oklab(rgb: DoubleArray) -> DoubleArray:
    lms = np.cbrt(np.clip(rgb, 0.0, 1.0) @ np.linalg.inv(_RGB).T)
    return np.asarray(lms @ np.linalg.inv(_LMS).T)


def _apart(rgb: DoubleArray) -> DoubleArray:
    """How different each two colours look, averaged over full and red-green-blind sight."""
    total = np.zeros((len(rgb), len(rgb)))
    for seen in (rgb, rgb @ _DEUTAN.T):
        lab = _oklab(seen)
        total += 0.5 * np.linalg.norm(lab[:, None] - lab[None], axis=2)
    return total


def _hex(rgb: DoubleArray) -> list[str]:
    curved = np.where(rgb <= 0.0031308, 12.92 * rgb, 1.055 * rgb ** (1 / 2.4) - 0.055)
    return [f"#{r:02x}{g:02x}{b:02x}" for r, g, b in np.rint(curved * 255).astype(int)]
