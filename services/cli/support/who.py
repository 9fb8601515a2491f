"""Who runs a command."""

import os
import pwd


def system_user() -> str:
    """The name of the system's user who runs this."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # a container's user has no name
        return f"uid {os.getuid()}"
