"""The `pulpo` command's first steps: Ctrl-C while it is still loading ends it quietly."""

import signal


def main() -> None:
    """Loads the command line, which takes a moment, and runs it."""
    usual = signal.signal(signal.SIGINT, signal.SIG_DFL)
    from cli.main import app

    signal.signal(signal.SIGINT, usual)
    app()


if __name__ == "__main__":
    main()
