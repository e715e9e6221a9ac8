"""How small a place may be that is looked at: a town or a street, never somebody's home."""

from math import cos, radians

LEAST_METRES = 200.0
"""A side of the smallest box, and the width of the smallest circle."""
ALLOWED_PLACES = f"allowed are places at least {LEAST_METRES:.0f} metres wide"
_METRES_A_DEGREE = 111_320.0


def is_a_home(west: float, south: float, east: float, north: float) -> bool:
    """Return whether a side of the box, in degrees WGS 84, is shorter than a place may be."""
    height = (north - south) * _METRES_A_DEGREE
    width = (east - west) * _METRES_A_DEGREE * cos(radians((south + north) / 2))
    return min(width, height) < LEAST_METRES
