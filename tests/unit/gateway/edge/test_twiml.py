"""What Twilio's own library would write, written without it."""

import pytest
from twilio.twiml.messaging_response import MessagingResponse

from gateway.edge.twiml import twiml

TEXTS = ["Hola", "¡Listo! <b>15:00</b> & \"más\" 'ya' ]]> 👋\ndos\tlíneas", "&amp;", ""]


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("callback", [None, 'https://wa.example.com/status?outbox=a&b="c"<d>'])
def test_it_is_what_the_library_writes(text: str, callback: str | None) -> None:
    theirs = MessagingResponse()
    if text:
        theirs.message(text, status_callback=callback)
    assert parsed(twiml(text, callback)) == parsed(str(theirs))
    assert twiml(text, callback).startswith('<?xml version="1.0" encoding="UTF-8"?>')


def parsed(xml: str) -> list[tuple[str, dict[str, str], str | None]]:
    """Each element with its attributes and text."""
    import xml.etree.ElementTree as Tree

    return [(each.tag, dict(each.attrib), each.text) for each in Tree.fromstring(xml.encode()).iter()]
