"""The picture of the packages in services/README.md."""

from tests.architecture.picture import PAGE, Picture, draw, look, placed


def test_the_picture_is_what_the_imports_say() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page == placed(page, draw(look())), "make picture"


def test_the_picture_can_be_read() -> None:
    assert look().boxes <= 45


def test_the_picture_shows_known_imports() -> None:
    picture = look()
    assert ("gateway.turn", "gateway.domain") in picture.inside
    assert ("agenda", "runtime") in picture.across
    assert ("gateway", "agenda") not in picture.across


def test_sub_packages_that_import_each_other_have_one_arrow() -> None:
    inside = {("nlg.a", "nlg.b"), ("nlg.b", "nlg.a"), ("nlg.a", "nlg.c")}
    picture = Picture({"nlg": ["a", "b", "c"], "runtime": []}, inside, {("nlg", "runtime")})
    assert draw(picture).splitlines() == [
        "```mermaid",
        "flowchart LR",
        "  subgraph nlg",
        "    nlg.a[a]",
        "    nlg.b[b]",
        "    nlg.c[c]",
        "    nlg.a <--> nlg.b",
        "    nlg.a --> nlg.c",
        "  end",
        "  runtime",
        "  nlg --> runtime",
        "```",
    ]
