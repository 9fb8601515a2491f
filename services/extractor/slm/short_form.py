"""The second form of a reading as a model writes it with the fewest tokens: one string, with nothing in it that the
message does not say or that code reads by its form alone (e-mails, phones, booking ids). Pure.

    book;s1 p2 w mañana tipo 5          a booking of service 1 with person 2, days and hours in the message's words
    greet ask price;s2                  acts, and the subject of a question, are words of extractor_v2
    book;s1 w a las 10;s2 w a las 11;w el sábado;x2+
    change;t1;w para el lunes           appointment 1 of those listed; `o2` is offer 2

Services and people are told by their place in the manifest, so that each takes two tokens however long its name is.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from turn.meaning import ACTS, ANY, SUBJECTS
from workspace.model import Workspace

NAME = "extractor_v2_short"
_LETTER = "A-Za-zÀ-ÖØ-öø-ÿ"
_WORDS = f"[0-9{_LETTER}][0-9{_LETTER} .:,/-]{{0,59}}"
_NAME = f"[{_LETTER}][{_LETTER}'’ .-]{{0,39}}"
_REFERENCES = ("all", "both", "none", "another", "any")
_MOST_PEOPLE = 12
_ITEM = re.compile(r"^((?:s\d{1,3}|!?p\d{1,3})(?: (?:s\d{1,3}|!?p\d{1,3}))*)(?: w (.+))?$")
"""What an item is: services and people, and what is said of days and hours for it alone."""
_PLACE = re.compile(r"^([ot])([1-9])$")
_PEOPLE = re.compile(r"^x(\d+)(\+?)$")


def short_schema(workspace: Workspace) -> dict[str, Any]:
    """The JSON Schema of an answer about one business."""
    service = f"s({_places(len(workspace.services))})"
    person = f"(!?p({_places(len(workspace.staff))})|p0)"
    reference = f"({service}|{person})"
    item = f"{reference}( {reference}){{0,3}}( w {_WORDS})?"
    pointed = f"([ot][1-9]|{'|'.join(_REFERENCES)})"
    people = f"x({_places(_MOST_PEOPLE)})[+]?"
    act = f"({'|'.join((*ACTS, *SUBJECTS))})"
    part = f"({item}|w {_WORDS}|{pointed}|n {_NAME}|{people})"
    return {"type": "string", "pattern": f"^({'|'.join(ACTS)})( {act}){{0,4}}(;{part}){{0,5}}$"}


def as_document(answer: str, workspace: Workspace) -> dict[str, Any]:
    """An answer that keeps to the schema, as extractor_v2 would say it."""
    words, *parts = answer.split(";")
    document: dict[str, Any] = {"acts": [], "subject": [], "items": [], "when": [], "refers_to": [], "data": {}}
    for word in words.split():
        document["acts" if word in ACTS else "subject"].append(word)
    for part in parts:
        _add(part, workspace, document)
    if len(document["items"]) == 1 and "when" in document["items"][0]:  # of one wish it is the whole message's
        document["when"] = [*document["items"][0].pop("when"), *document["when"]]
    return {name: value for name, value in document.items() if value}


def item_spans(answer: str) -> Iterator[tuple[int, int]]:
    """Where an answer names services and people."""
    at = 0
    for part in answer.split(";"):
        if found := _ITEM.match(part):
            yield at + found.start(1), at + found.end(1)
        at += len(part) + 1


def _places(count: int) -> str:
    return "|".join(str(place) for place in range(1, count + 1))


def _add(part: str, workspace: Workspace, document: dict[str, Any]) -> None:
    if found := _ITEM.match(part):
        document["items"].append(_item(found[1].split(), found[2], workspace))
    elif part.startswith("w "):
        document["when"].append(part[2:])
    elif part.startswith("n "):
        document["data"]["name"] = part[2:]
    elif found := _PEOPLE.match(part):
        document["people"] = {"count": int(found[1]), "writer": bool(found[2])}
    elif found := _PLACE.match(part):
        document["refers_to"].append(f"{'offer' if found[1] == 'o' else 'appointment'}:{found[2]}")
    else:
        document["refers_to"].append(part)


def _item(references: list[str], words: str | None, workspace: Workspace) -> Mapping[str, Any]:
    item: dict[str, Any] = {}
    for one in references:
        kind, place = one.rstrip("0123456789"), int(re.sub(r"\D", "", one))
        if kind == "s":
            item.setdefault("service", workspace.service_names[place - 1])
        else:
            name = workspace.staff_names[place - 1] if place else ANY
            item.setdefault("not_staff" if kind == "!p" else "staff", []).append(name)
    return item | ({"when": [words]} if words else {})
