"""Growth curves as SVG."""

from xml.etree import ElementTree

from tests.performance.charts import Curve, Point
from tests.performance.rounds import Ratio

SVG = "{http://www.w3.org/2000/svg}"


def drawn(*xs: float, title: str = "Growth") -> ElementTree.Element:
    points = [Point(x, Ratio((0.5, 1.0, 0.6))) for x in xs]
    return ElementTree.fromstring(Curve("growth", title, "rows", "ratio", {"ours": points}).svg())


def test_every_point_is_drawn_within_the_picture() -> None:
    circles = drawn(1, 1000, 1_000_000).findall(f"{SVG}circle")
    assert [float(each.attrib["cx"]) for each in circles] == [64, 340, 616]
    assert all(64 < float(each.attrib["cy"]) < 308 for each in circles)


def test_one_point_is_enough() -> None:
    assert len(drawn(16).findall(f"{SVG}circle")) == 1


def test_large_numbers_are_short_and_signs_are_escaped() -> None:
    texts = [each.text for each in drawn(1000, 2_000_000, title="a < b & c").iter(f"{SVG}text")]
    assert {"1k", "2M", "a < b & c"} <= set(texts)


def test_every_line_has_a_colour_and_its_name_within_the_picture() -> None:
    points = [Point(1, Ratio((1.0,)))]
    names = ["common", "middling", "rare", "common sql", "middling sql", "rare sql"]
    drawn = ElementTree.fromstring(Curve("growth", "Growth", "x", "y", dict.fromkeys(names, points)).svg())
    legend = [each for each in drawn.iter(f"{SVG}text") if (each.text or "").startswith("●")]
    assert [(each.text or "")[2:] for each in legend] == names
    assert len({each.attrib["fill"] for each in legend}) == len(names)
    assert max(float(each.attrib["x"]) for each in legend) < 560
