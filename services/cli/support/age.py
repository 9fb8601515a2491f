"""How long ago something was, as commands print it."""


def age(seconds: float) -> str:
    """An age in its largest unit, e.g. 3 h."""
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= size:
            return f"{int(seconds // size)} {unit}"
    return f"{int(seconds)} s"
